package io.uvit.runner.cli;

import io.uvit.config.v1.Experiment;
import io.uvit.graph.model.UViTConfig;
import io.uvit.savedmodels.state.PatchGrid;
import io.uvit.savedmodels.state.PositionResize;
import java.util.Optional;
import org.apache.commons.cli.Option;
import org.apache.commons.cli.Options;

/** The options {@code --resize-positions} and {@code --source-grid} of weights that are read. */
final class PositionOptions {
  static final String RESIZE = "resize-positions";
  static final String SOURCE = "source-grid";

  private PositionOptions() {}

  /** Adds both options. */
  static void add(Options options) {
    options
        .addOption(
            Option.builder()
                .longOpt(RESIZE)
                .desc(
                    "resize the position embedding of weights of another grid of patches "
                        + "bilinearly; without this they are refused")
                .get())
        .addOption(
            ConfigOptions.value(
                SOURCE,
                "HxW",
                "rows and columns of patches that the weights were trained on (default: a square)"));
  }

  /**
   * What was asked for.
   *
   * @throws UsageException if the source grid is no grid, or given without --resize-positions
   */
  static Optional<PositionResize> of(Arguments arguments, Experiment experiment)
      throws UsageException {
    Optional<PatchGrid> source = source(arguments);
    if (!arguments.has(RESIZE)) {
      if (source.isPresent()) {
        throw new UsageException("--source-grid: found without --resize-positions; wanted with it");
      }
      return Optional.empty();
    }
    UViTConfig model = UViTConfig.of(experiment.getModel());
    PatchGrid target =
        new PatchGrid(
            model.imageHeight() / model.patchSize(), model.imageWidth() / model.patchSize());
    return Optional.of(new PositionResize(source, target));
  }

  private static Optional<PatchGrid> source(Arguments arguments) throws UsageException {
    Optional<String> text = arguments.text(SOURCE);
    try {
      return text.map(PatchGrid::parse);
    } catch (IllegalArgumentException e) {
      throw new UsageException("--source-grid: " + e.getMessage(), e);
    }
  }
}
