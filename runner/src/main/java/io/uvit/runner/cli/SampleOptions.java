package io.uvit.runner.cli;

import io.uvit.config.v1.Grid;
import io.uvit.config.v1.Solver;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.apache.commons.cli.Option;
import org.apache.commons.cli.Options;

/** The options of {@code uvit sample}: names and help texts. */
final class SampleOptions {
  static final String MODEL = "model";
  static final String NUM = "num";
  static final String SEED = "seed";
  static final String FIRST_IMAGE = "first-image";
  static final String LABELS = "labels";
  static final String NEGATIVE_LABELS = "negative-labels";
  static final String CONTEXTS = "contexts";
  static final String NEGATIVE_CONTEXTS = "negative-contexts";
  static final String SOLVER = "solver";
  static final String STEPS = "steps";
  static final String GRID = "grid";
  static final String ETA = "eta";
  static final String DENOISE_TO_ZERO = "denoise-to-zero";
  static final String GUIDANCE_SCALE = "guidance-scale";
  static final String GUIDANCE_INTERVAL = "guidance-interval";
  static final String GUIDANCE_RESCALE = "guidance-rescale";
  static final String THRESHOLDING = "dynamic-thresholding";
  static final String INIT_IMAGE = "init-image";
  static final String STRENGTH = "strength";
  static final String MASK = "mask";
  static final String INTERPOLATE_TO = "interpolate-to";
  static final String COMPARE = "compare";
  static final String COMPARE_STEPS = "compare-steps";
  static final String CLASSIFY = "classify";
  static final String BATCH_SIZE = "batch-size";
  static final String OUT = "out";

  private SampleOptions() {}

  /** All of them, in the order of the help text. */
  static Options all() {
    Options options = new Options();
    CheckpointOptions.add(options);
    AutoencoderOptions.addFiles(options);
    options
        .addOption(ConfigOptions.value(MODEL, "DIR", "SavedModel written by uvit export"))
        .addOption(
            ConfigOptions.value(
                CheckpointWeights.OPTION,
                CheckpointWeights.VALUES,
                CheckpointWeights.DESCRIPTION + " (default: ema)"));
    addImages(options);
    addSolver(options);
    addGuidance(options);
    addStarts(options);
    addComparison(options);
    DeviceOption.add(options, "runtime.device of a run; auto for a SavedModel");
    options
        .addOption(ConfigOptions.value(BATCH_SIZE, "N", "images sampled at once"))
        .addOption(
            Option.builder()
                .longOpt(ConfigOptions.SET)
                .hasArg()
                .argName("sample.PATH=VALUE")
                .desc(
                    "any other field of the sample section, such as sample.end_time=1e-4; repeatable")
                .get())
        .addOption(
            ConfigOptions.value(
                OUT,
                "PATH",
                "grid.png, images.npz (arr_0 uint8 [N, H, W, C]) or a folder for single PNGs; with "
                    + "--compare a .png"));
    return options;
  }

  private static void addImages(Options options) {
    options
        .addOption(
            ConfigOptions.value(
                NUM,
                "N",
                "images to make (default: sample.count; with --init-image one for each image or "
                    + "label, with --contexts one for each text, with --compare 10)"))
        .addOption(ConfigOptions.value(SEED, "N", "seed of the noise (default: the experiment's)"))
        .addOption(
            ConfigOptions.value(
                FIRST_IMAGE, "N", "number of the first image within the seed (default: 0)"))
        .addOption(
            ConfigOptions.value(
                LABELS,
                "L,...",
                "class labels, repeated in turn (default: all classes, in equal shares, in order)"))
        .addOption(
            ConfigOptions.value(
                NEGATIVE_LABELS,
                "L,...",
                "what guidance leads away from, repeated in turn (default: the null class)"))
        .addOption(
            ConfigOptions.value(
                CONTEXTS,
                "FILE",
                "encoded texts of a text model, .npy of float32 [N, tokens, width] or one of "
                    + "[tokens, width], repeated in turn"))
        .addOption(
            ConfigOptions.value(
                NEGATIVE_CONTEXTS,
                "FILE",
                "encoded texts that guidance leads away from, likewise: the empty text's"));
  }

  private static void addSolver(Options options) {
    options
        .addOption(
            ConfigOptions.value(SOLVER, "NAME", "one of " + names(solvers()) + "; docs/solvers.md"))
        .addOption(ConfigOptions.value(STEPS, "N", "network evaluations"))
        .addOption(
            ConfigOptions.value(
                GRID, "NAME", "where the evaluations lie in time: " + names(grids())))
        .addOption(ConfigOptions.value(ETA, "X", "share of fresh noise of ddim, 0 to 1"))
        .addOption(flag(DENOISE_TO_ZERO, "one evaluation more, whose clean image is the result"))
        .addOption(
            ConfigOptions.value(
                THRESHOLDING,
                "true|false",
                "clamp estimates of the clean image (Saharia et al. 2022)"));
  }

  private static void addGuidance(Options options) {
    options
        .addOption(ConfigOptions.value(GUIDANCE_SCALE, "S", "guidance scale s >= 0 (1 = none)"))
        .addOption(
            ConfigOptions.value(
                GUIDANCE_INTERVAL,
                "A,B",
                "guide at times from A to B only, 0 <= A <= B <= 1 (Kynkaanniemi et al. 2024)"))
        .addOption(
            ConfigOptions.value(
                GUIDANCE_RESCALE,
                "PHI",
                "share of guidance whose spread is brought back, 0 to 1 (Lin et al. 2024)"));
  }

  private static void addStarts(Options options) {
    options
        .addOption(
            ConfigOptions.value(
                INIT_IMAGE,
                "FILE,...",
                "start from these images, repeated in turn, noised by --strength; brought to the "
                    + "model's size by resizing and cutting the centre"))
        .addOption(
            ConfigOptions.value(
                STRENGTH,
                "X",
                "how far back to noise the images, above 0 to 1 = nearly pure noise (default: 0.75; "
                    + "with --mask 1)"))
        .addOption(
            ConfigOptions.value(
                MASK,
                "FILE",
                "make only the white part of this image anew, keep the --init-image where it is "
                    + "black; grey blends"))
        .addOption(
            ConfigOptions.value(
                INTERPOLATE_TO,
                "SEED",
                "walk from the noise of --seed to that of this seed in --num images, on a sphere"));
  }

  private static void addComparison(Options options) {
    options
        .addOption(
            ConfigOptions.value(
                COMPARE,
                "NAME[:STEPS],...",
                "the same noise under several solvers: one picture, and a table with the distance to "
                    + "1,000 steps"))
        .addOption(
            ConfigOptions.value(
                COMPARE_STEPS,
                "N,...",
                "steps of the compared solvers that say none (default: sample.steps)"))
        .addOption(
            flag(
                CLASSIFY,
                "with --compare: how many images have their nearest training image in their class"));
  }

  /** The solvers that can be named. */
  static List<Solver> solvers() {
    return Arrays.stream(Solver.values())
        .filter(s -> s != Solver.SOLVER_UNSPECIFIED && s != Solver.UNRECOGNIZED)
        .toList();
  }

  /** The grids that can be named. */
  static List<Grid> grids() {
    return Arrays.stream(Grid.values())
        .filter(g -> g != Grid.GRID_UNSPECIFIED && g != Grid.UNRECOGNIZED)
        .toList();
  }

  private static String names(List<? extends Enum<?>> constants) {
    return constants.stream().map(Arguments::kebab).collect(Collectors.joining(", "));
  }

  private static Option flag(String name, String description) {
    return Option.builder().longOpt(name).desc(description).get();
  }
}
