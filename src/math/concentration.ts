// Concentration (Eq. 6): mean entropy of the background minus mean entropy of the object. It is large if a layer
// discards mainly the background.

/**
 * Returns the mean of the entropy H_i over the background minus its mean over the foreground, in nats. `entropy` and
 * `foreground` have one value per pixel; `foreground` is non-zero inside the object. Returns undefined if the mask has
 * no foreground or no background. Throws RangeError if the lengths differ.
 */
export function concentration(entropy: ArrayLike<number>, foreground: ArrayLike<number>): number | undefined {
  if (entropy.length !== foreground.length) {
    throw new RangeError(`concentration: ${entropy.length} entropies against a mask of ${foreground.length} pixels`);
  }
  let inside = 0;
  let insideCount = 0;
  let outside = 0;
  for (let i = 0; i < entropy.length; i++) {
    if (foreground[i] !== 0) {
      inside += entropy[i]!;
      insideCount += 1;
    } else outside += entropy[i]!;
  }
  const outsideCount = entropy.length - insideCount;
  if (insideCount === 0 || outsideCount === 0) return undefined;
  return outside / outsideCount - inside / insideCount;
}
