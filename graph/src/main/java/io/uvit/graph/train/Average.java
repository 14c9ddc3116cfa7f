package io.uvit.graph.train;

import io.uvit.ops.optim.Ema;
import io.uvit.ops.parameters.Variables;

/**
 * One moving average of the weights.
 *
 * @param ema its rate
 * @param variables its values; their prefix is {@code ema.} for the main one, {@code ema_0.999.}
 *     for a further one of rate 0.999
 */
public record Average(Ema ema, Variables variables) {
  static final String MAIN_PREFIX = "ema.";

  static String extraPrefix(double decay) {
    return "ema_" + Ema.text(decay) + ".";
  }
}
