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
    Workspace<S> workspace = Workspace.of(arithmetic, tableau.registers(), initial);
    return runRows(tableau, workspace, denoiser, noise, listener)
        ? Optional.of(workspace.registers.get(0))
        : Optional.empty();
  }

  /** The arrays of a run: the solver's registers, the network's output and fresh noise. */
  record Workspace<S>(List<S> registers, S output, S noise) {
    static <S> Workspace<S> of(StateArithmetic<S> arithmetic, int registers, S initial) {
      int length = arithmetic.length(initial);
      List<S> arrays = new ArrayList<>();
      for (int i = 0; i < registers + 2; i++) {
        arrays.add(arithmetic.allocate(length));
      }
      arithmetic.copy(initial, arrays.get(0));
      return new Workspace<>(
          arrays.subList(0, registers), arrays.get(registers), arrays.get(registers + 1));
    }
  }

  /** Runs a tableau from what stands in register 0; false if the listener stopped it. */
  boolean runRows(
      SolverTableau tableau,
      Workspace<S> workspace,
      Denoiser<S> denoiser,
      NoiseSource<S> noise,
      SolverListener<S> listener) {
    S state = workspace.registers.get(0);
    S output = workspace.output;
    for (TableauRow row : tableau.rows()) {
      denoiser.predict(state, row.evaluation(), output);
      if (!listener.evaluated(row.evaluation(), denoised(row, state, output))) {
        return false;
      }
      if (row.drawsNoise()) {
        noise.fill(row.evaluation().index(), workspace.noise);
      }
      arithmetic.update(row, workspace.registers, output, workspace.noise);
      if (!listener.updated(row, state)) {
        return false;
      }
    }
    return true;
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
