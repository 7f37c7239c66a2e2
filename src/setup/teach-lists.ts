// tfjs-node's binding passes attributes of operations that are lists of numbers, but no lists of texts and of types, which TensorFlow's
// fused operations want (convolution, bias, addition and ReLU in one). So two cases are added to its source before it is compiled.
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { fail } from '../runtime/contracts/failure.ts';

interface ListCase {
  /** The line of the source that begins the attributes of one kind. */
  readonly line: string;
  /** C++: where the list goes, how its element `i` gets there, and how TensorFlow gets the list. */
  readonly vectors: string;
  readonly take: string;
  readonly set: string;
}

const CASES: readonly ListCase[] = [
  {
    line: 'case TF_ATTR_STRING: {',
    vectors:
      'std::vector<std::string> texts(length); std::vector<const void *> values(length); std::vector<size_t> sizes(length);',
    take: 'nstatus = GetStringParam(env, element, texts[i]); values[i] = texts[i].data(); sizes[i] = texts[i].size();',
    set: 'TFE_OpSetAttrStringList(tfe_op, attr_name, values.data(), sizes.data(), static_cast<int>(length));',
  },
  {
    line: 'case TF_ATTR_TYPE: {',
    vectors: 'std::vector<TF_DataType> types(length);',
    take: 'int32_t type; nstatus = napi_get_value_int32(env, element, &type); types[i] = static_cast<TF_DataType>(type);',
    set: 'TFE_OpSetAttrTypeList(tfe_op, attr_name, types.data(), static_cast<int>(length));',
  },
];

/**
 * Rewrites a source file of the binding.
 * @throws FailureError `compile-failed` where it is another source than expected
 */
export async function teachLists(source: string): Promise<void> {
  let text = existsSync(source) ? await readFile(source, 'utf8') : '';
  for (const each of CASES) {
    if (text.split(each.line).length !== 2) {
      fail({
        reason: 'compile-failed',
        headline: 'the source of the native binding is not the one expected',
        values: { file: source, 'expected once': each.line },
        help: 'Run `lethe setup` again; if that does not help, everything works on wasm.',
      });
    }
    text = text.replace(each.line, each.line + listCode(each));
  }
  await writeFile(source, text);
}

const listCode = ({ vectors, take, set }: ListCase): string => `
      if (IsArray(env, nstatus, &js_value)) {
        uint32_t length;
        nstatus = napi_get_array_length(env, js_value, &length);
        ENSURE_NAPI_OK(env, nstatus);
        ${vectors}
        for (uint32_t i = 0; i < length; ++i) {
          napi_value element;
          nstatus = napi_get_element(env, js_value, i, &element);
          ENSURE_NAPI_OK(env, nstatus);
          ${take}
          ENSURE_NAPI_OK(env, nstatus);
        }
        ${set}
        break;
      }
`;
