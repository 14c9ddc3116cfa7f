package io.uvit.graph.sampler;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * The interpreter of tableaus on the host. Memory: the tableau's registers and two more arrays,
 * whatever the number of steps.
 *
 * <p>Immutable and safe for any number of threads, as far as the denoiser is.
 *
 * @param arithmetic float or double
 * @param <S> array of a whole batch
 */
public record SolverLoop<S>(StateArithmetic<S> arithmetic) {

  /** An interpreter on double arrays. */
  public static SolverLoop<double[]> ofDouble() {
    return new SolverLoop<>(StateArithmetic.DOUBLE);
  }

  /** An interpreter on float arrays, with coefficients and sums in double. */
  public static SolverLoop<float[]> ofFloat() {
    return new SolverLoop<>(StateArithmetic.FLOAT);
  }

  /** Runs a deterministic solver to its end. */
  public S run(SolverTableau tableau, S initial, Denoiser<S> denoiser) {
    return run(tableau, initial, denoiser, NoiseSource.none(), SolverListener.none()).orElseThrow();
  }

  /**
   * Runs a solver.
   *
   * @param initial standard normal noise; not changed
   * @param denoiser a network of the tableau's {@code output()} kind
   * @return the result, or empty if the listener stopped the run
   */
  public Optional<S> run(
      SolverTableau tableau,
      S initial,
      Denoiser<S> denoiser,
      NoiseSource<S> noise,
      SolverListener<S> listener) {
    int length = arithmetic.length(initial);
    List<S> registers = new ArrayList<>();
    for (int i = 0; i < tableau.registers(); i++) {
      registers.add(arithmetic.allocate(length));
    }
    S state = registers.get(0);
    S output = arithmetic.allocate(length);
    S fresh = arithmetic.allocate(length);
    arithmetic.copy(initial, state);
    for (TableauRow row : tableau.rows()) {
      denoiser.predict(state, row.evaluation(), output);
      if (!listener.evaluated(row.evaluation(), denoised(row, state, output))) {
        return Optional.empty();
      }
      if (row.drawsNoise()) {
        noise.fill(row.evaluation().index(), fresh);
      }
      arithmetic.update(row, registers, output, fresh);
      if (!listener.updated(row, state)) {
        return Optional.empty();
      }
    }
    return Optional.of(state);
  }

  private Supplier<S> denoised(TableauRow row, S state, S output) {
    return () -> {
      S estimate = arithmetic.allocate(arithmetic.length(state));
      ModelOutput.Conversion c = row.denoised();
      arithmetic.combine(c.state(), state, c.output(), output, estimate);
      return estimate;
    };
  }
}
