// `lethe nodes [TYPE]`: the node types and their cards.
import { cardLine, cardOf, describeCard } from '../runtime/authoring/node-card.ts';
import { presentName } from '../runtime/contracts/did-you-mean.ts';
import { failure } from '../runtime/contracts/failure.ts';
import type { Arguments } from './arguments.ts';
import type { Screen } from './screen.ts';

export async function nodes(args: Arguments, screen: Screen): Promise<number> {
  const { registry } = await import('../registry.ts');
  const cards = await Promise.all(registry.types.map((name) => registry.load(name)));
  const type = args.positionals[0];
  if (type === undefined) {
    if (screen.json) for (const card of cards) screen.line(cardOf(card));
    else for (const card of cards) screen.print(cardLine(card));
    return 0;
  }
  const card = cards.find((one) => one.type === type);
  if (card === undefined) {
    const now = presentName(type, Object.fromEntries(cards.map((one) => [one.type, one])));
    const unknown = { name: type, known: registry.types, ...(now === undefined ? {} : { now }) };
    return screen.fail([failure('unknown-node', unknown)], 2);
  }
  if (screen.json) screen.line(cardOf(card));
  else screen.print(describeCard(card));
  return 0;
}
