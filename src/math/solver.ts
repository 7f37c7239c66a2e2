// The numbers that the solver was given rather than derived, each with its reason. The steps are those of docs/solver.md.

export const SOLVER = Object.freeze({
  /**
   * Features up to which the whole Jacobian is worth its price (steps 11 and 14). As a control variate it removes half or more of the
   * scatter at logits; with more features the rows take too long to come round.
   */
  fewFeatures: 32,

  /** Gaussian probes of the linearisation that the search starts from (step 3): a relative error of 1/4, which the search removes. */
  startProbes: 32,
  /** Samples of the quiet estimate that the linearisation at x counts as (step 6): steadies the first batch, is soon outweighed. */
  startWeight: 4,

  /**
   * Iterations before the batch doubles and before the search may stop (step 12): sigma moves most in the first ones, so their samples
   * were drawn elsewhere.
   */
  firstSteps: 4,
  /** Least share of the measured energy's error that an iteration corrects (step 12): the level still follows a moving shape. */
  leastCorrection: 0.25,
  /** Energy ratio beyond which, up or down, the sums are discarded (step 12): h behaves differently at that sigma. */
  farRatio: 10,
  /** Bounds on the energy ratio that the level is corrected by (step 12): one overshooting batch must not throw sigma away. */
  ratioBounds: Object.freeze([0.1, 20] as const),
  /**
   * Largest change of log sigma per iteration (step 12): where noise activates ReLUs that are off at x, a batch drawn at one sigma
   * predicts little at another.
   */
  longestStep: Math.log(4),
  /** Bounds on 1 + q (steps 7 and 10): a correction beyond them is noise, and the relative risk divides by 1 + q. */
  correctionBounds: Object.freeze([0.15, 6] as const),

  /** Widths of the smoothings S_k, in groups (step 8); 0 is the identity. From one pixel to an eighth of a 32-pixel image. */
  widths: Object.freeze([0, 0.6, 1, 1.6, 2.5, 4] as const),
  /** Distance at which the Gaussian weights are cut, in widths (step 8): less than 1e-4 of the weight lies beyond. */
  kernelReach: 4,
  /** Noise variance above which the result of a smoothing is left out (step 8): SURE chooses badly among fields it cannot see. */
  loudestNoise: 0.1,
  /** Ridge of the weights, relative to the mean square of the smoothed fields (step 8): keeps the system regular. */
  ridgeOfFields: 1e-4,
  /** Noise variance, summed over groups, per unit of ridge (step 8): weights that differ by noise alone are drawn together. */
  noisePerRidge: 50,
  /** Samples of a batch whose noise is correlated over the image (step 9): each one says it for all groups, so few suffice. */
  correlatedSamples: 16,
  /** Distance, in groups, from which errors of neighbours are taken for independent (step 10), as far as the receptive fields go. */
  bartlettReach: 4,

  /** Samples needed before the search may stop (step 13): fewer say too little about their own variance. */
  leastSamples: 96,
  /** Standard errors added to the gap before it is compared with the tolerance (step 13). */
  boundErrors: 2,
  /** Correlation with the optimum from which a map of log sigma counts as resolved (step 13). */
  resolvedCorrelation: 0.96,
  /** Factor below the tolerance from which a map need not be resolved (step 13): it is flat, there is nothing to resolve. */
  flatness: 10,
  /** Selection penalty (step 13): factor on the error of a fit that was picked for its smaller gap. */
  selectionPenalty: 1.5,

  /** Points that the mean Jacobian is taken over (step 14): the control variate needs only the bulk of it. */
  jacobianPoints: 16,
  /** Samples of the rough scaling, and the least of the fine one (step 14). */
  roughSamples: 64,
  /** Relative error of the energy that the fine scaling aims at (step 14): 0.005 nats of SID. */
  scalePrecision: 0.01,
  /** Most samples of the fine scaling (step 14). */
  mostScaleSamples: 4096,
  /** Samples of the fine scaling come in multiples of it (step 14), so that a rounding error seldom changes their number. */
  scaleBatch: 32,
  /** Most samples of the published constraint ratio (step 14): nothing is computed from it, and a few per cent tell whether sigma fits. */
  checkSamples: 512,

  /** Samples of the stationarity check (step 15): enough for a variance per block, and cheap beside the search. */
  stationaritySamples: 32,
  /** Blocks per side of the stationarity check (step 15): 16 blocks are coarse enough to rise above the noise. */
  stationarityBlocks: 4,

  /** Probes of the method closed-form (step 3): their scatter costs 1/(2 * 256) nats. */
  closedFormProbes: 256,
  /** Samples of the constraint ratio of the method closed-form, which nothing is scaled by. */
  closedFormSamples: 256,

  /** Step size of Adam at the start (step 17): the best of those tried on ResNets (.1-.2). */
  adamRate: 0.15,
  /** Decay of Adam's mean gradient (step 17): the usual one. */
  adamMeanDecay: 0.9,
  /** Decay of Adam's mean square (step 17): shorter than the usual .999, because there are few steps. */
  adamSquareDecay: 0.99,
});
