package io.uvit.graph.sampler;

/**
 * Classifier-free guidance {@code uncond + s (cond - uncond)} of network outputs (Ho and Salimans
 * 2022).
 *
 * @param scale s of the usual convention: 1 = the conditional network alone, 0 = the unconditional
 *     one
 */
public record ClassifierFreeGuidance(double scale) {

  /** No guidance. */
  public static final ClassifierFreeGuidance NONE = new ClassifierFreeGuidance(1);

  /**
   * Checks the scale.
   *
   * @throws IllegalArgumentException if it is not finite
   */
  public ClassifierFreeGuidance {
    if (!Double.isFinite(scale)) {
      throw new IllegalArgumentException(
          "sample.guidance_scale: found " + scale + ", wanted a finite number");
    }
  }

  /** The official convention {@code cond + w (cond - uncond)}: s = 1 + w. */
  public static ClassifierFreeGuidance ofOfficialScale(double w) {
    return new ClassifierFreeGuidance(1 + w);
  }

  /** The official scale w = s - 1. */
  public double officialScale() {
    return scale - 1;
  }

  /** Whether the unconditional output is needed at all. */
  public boolean active() {
    return scale != 1;
  }

  /** {@code out = uncond + s (cond - uncond)}; out may be either input. */
  public <S> void combine(StateArithmetic<S> arithmetic, S conditional, S unconditional, S out) {
    arithmetic.combine(scale, conditional, 1 - scale, unconditional, out);
  }

  /** The guided network; one pass of {@code pair} an evaluation. */
  public <S> Denoiser<S> guide(StateArithmetic<S> arithmetic, PairDenoiser<S> pair) {
    return new Denoiser<>() {
      private S unconditional;

      @Override
      public void predict(S x, Evaluation at, S output) {
        if (unconditional == null || arithmetic.length(unconditional) != arithmetic.length(x)) {
          unconditional = arithmetic.allocate(arithmetic.length(x));
        }
        pair.predict(x, at, output, unconditional);
        combine(arithmetic, output, unconditional, output);
      }
    };
  }
}
