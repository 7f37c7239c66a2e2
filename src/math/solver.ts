// Constants of the solver that were chosen rather than derived, each with its reason.

export const SOLVER = Object.freeze({
  /**
   * Largest number of features for which the whole Jacobian is worth its cost (docs/solver.md, steps 11 and 14). Used
   * as a control variate at the logits, the Jacobian removes at least half of the variance. With more features, each
   * row is sampled too rarely.
   */
  fewFeatures: 32,

  /**
   * Number of Gaussian probes for the linearisation at which the search starts (docs/solver.md, step 3). They give a
   * relative error of 1/4, which the search removes.
   */
  startProbes: 32,
  /**
   * Weight of the linearisation at x in the mean of Q, in samples (docs/solver.md, step 6). The linearisation
   * stabilises the first batch and is soon outweighed.
   */
  startWeight: 4,

  /**
   * Number of iterations before the batch doubles and before the search may stop (docs/solver.md, step 12). Sigma moves
   * most in these iterations, so their samples were drawn far from the solution.
   */
  firstSteps: 4,
  /**
   * Smallest fraction of the measured energy error that an iteration corrects (docs/solver.md, step 12). It lets the
   * level of sigma follow changes of the shape of sigma.
   */
  leastCorrection: 0.25,
  /**
   * Largest factor by which the energy may differ from the target (docs/solver.md, step 12). Beyond this factor, the
   * sums are discarded, since h behaves differently at such a sigma.
   */
  farRatio: 10,
  /**
   * Bounds on the energy ratio used to correct the level (docs/solver.md, step 12), so that a single extreme batch
   * cannot move sigma too far.
   */
  ratioBounds: Object.freeze([0.1, 20] as const),
  /**
   * Largest change of log sigma per iteration (docs/solver.md, step 12). Where noise activates ReLUs that are off at x,
   * a batch drawn at one sigma says little about another sigma.
   */
  longestStep: Math.log(4),
  /**
   * Bounds on 1 + q (docs/solver.md, steps 7 and 10). A correction beyond these bounds is noise, and the relative risk
   * divides by 1 + q.
   */
  correctionBounds: Object.freeze([0.15, 6] as const),

  /**
   * Widths of the smoothings S_k, in groups (docs/solver.md, step 8): 0 is the identity; the others go from about one
   * pixel to an eighth of a 32-pixel image.
   */
  widths: Object.freeze([0, 0.6, 1, 1.6, 2.5, 4] as const),
  /**
   * Distance at which the Gaussian weights are truncated, in widths (docs/solver.md, step 8). Less than 1e-4 of the
   * weight lies beyond it.
   */
  kernelReach: 4,
  /**
   * Noise variance above which the result of a smoothing is not used (docs/solver.md, step 8). Stein's risk estimate
   * chooses badly among fields dominated by noise.
   */
  loudestNoise: 0.1,
  /**
   * Ridge on the weights, relative to the mean square of the smoothed fields (docs/solver.md, step 8). It prevents a
   * singular system.
   */
  ridgeOfFields: 1e-4,
  /**
   * Divisor that turns the noise variance, summed over groups, into a ridge on the weights (docs/solver.md, step 8).
   * The ridge shrinks differences between weights that are due to noise alone.
   */
  noisePerRidge: 50,
  /**
   * Number of samples per batch used to measure the noise correlation (docs/solver.md, step 9). Each sample covers all
   * groups, so few samples suffice.
   */
  correlatedSamples: 16,
  /**
   * Distance in groups from which errors of neighbours are considered independent (docs/solver.md, step 10); about the
   * size of the receptive fields.
   */
  bartlettReach: 4,

  /**
   * Least number of samples before the search may stop (docs/solver.md, step 13). With fewer samples, the estimate of
   * their variance is too uncertain.
   */
  leastSamples: 96,
  /** Number of standard errors added to the gap before it is compared with the tolerance (docs/solver.md, step 13). */
  boundErrors: 2,
  /** Least correlation with the optimum at which a map of log sigma counts as resolved (docs/solver.md, step 13). */
  resolvedCorrelation: 0.96,
  /**
   * Factor by which the gap must be below the tolerance to accept a map that is not resolved (docs/solver.md, step 13):
   * such a map is flat and has no structure to resolve.
   */
  flatness: 10,
  /**
   * Selection penalty (docs/solver.md, step 13): factor on the error of the fit to a nearby solution, which is used
   * only if its bound on the gap is smaller.
   */
  selectionPenalty: 1.5,

  /**
   * Number of noised images over which the Jacobian is averaged (docs/solver.md, step 14). The control variate needs
   * only a rough mean.
   */
  jacobianPoints: 16,
  /**
   * Number of samples of the rough scaling, and least number of samples of the fine scaling (docs/solver.md, step 14).
   */
  roughSamples: 64,
  /**
   * Target for the relative error of the energy in the fine scaling (docs/solver.md, step 14). It corresponds to 0.005
   * nats of SID.
   */
  scalePrecision: 0.01,
  /** Largest number of samples of the fine scaling (docs/solver.md, step 14). */
  mostScaleSamples: 4096,
  /**
   * Divisor of the number of samples in the fine scaling (docs/solver.md, step 14): the number is rounded up to a
   * multiple, so that a rounding error seldom changes it.
   */
  scaleBatch: 32,
  /**
   * Largest number of samples for the published constraint ratio (docs/solver.md, step 14). No other number is computed
   * from the ratio, and an error of a few per cent is small enough to judge sigma.
   */
  checkSamples: 512,

  /**
   * Number of samples of the stationarity check (docs/solver.md, step 15): enough for a variance per block, and cheap
   * compared with the search.
   */
  stationaritySamples: 32,
  /**
   * Number of blocks per side of the image in the stationarity check (docs/solver.md, step 15). With 16 blocks in all,
   * the block means stand out from the noise.
   */
  stationarityBlocks: 4,

  /**
   * Number of probes of the method closed-form (docs/solver.md, step 3). Their scatter lowers the result by 1/(2 * 256)
   * nats.
   */
  closedFormProbes: 256,
  /** Number of samples for the constraint ratio of the method closed-form, where the ratio is only reported. */
  closedFormSamples: 256,

  /** Initial step size of Adam (docs/solver.md, step 17): the best of the values tried on ResNets (.1-.2). */
  adamRate: 0.15,
  /** Decay of Adam's running mean of gradients (docs/solver.md, step 17): the usual value. */
  adamMeanDecay: 0.9,
  /**
   * Decay of Adam's running mean of squares (docs/solver.md, step 17): shorter than the usual .999, because Adam
   * runs few iterations.
   */
  adamSquareDecay: 0.99,
});
