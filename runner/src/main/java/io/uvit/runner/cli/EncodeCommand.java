package io.uvit.runner.cli;

import io.uvit.config.ConfigException;
import io.uvit.config.ConfigProblem;
import io.uvit.config.v1.Experiment;
import io.uvit.config.v1.Labels;
import io.uvit.config.v1.Model;
import io.uvit.config.v1.Preprocess;
import io.uvit.runner.data.Dataset;
import io.uvit.runner.encode.EncodeJob;
import io.uvit.runner.encode.EncodeOptions;
import io.uvit.runner.encode.EncodeReport;
import io.uvit.runner.encode.MomentsEncoder;
import io.uvit.runner.features.FeatureManifest;
import io.uvit.runner.features.FeatureShape;
import io.uvit.runner.features.FeatureStoreWriter;
import io.uvit.runner.train.StopRequest;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.apache.commons.cli.Option;
import org.apache.commons.cli.Options;

/** {@code uvit encode}: makes a store of autoencoder features of images. */
final class EncodeCommand implements Command {
  static final String IMAGES = "images";
  static final String OUT = "out";
  static final String LABELS = "labels";
  static final String PREPROCESS = "preprocess";
  static final String WRITE_CONFIG = "write-config";
  static final String SCALE = "scale";
  private static final String NO_MIRROR = "no-mirror";
  private static final String BATCH_SIZE = "batch-size";
  private static final String ITEMS_PER_SHARD = "items-per-shard";
  private static final String SHARD = "shard";
  private static final String WORKERS = "workers";
  private static final int PREFETCH_BATCHES = 3;

  /** What {@code --write-config} takes from the statistics. */
  enum Scale {
    GLOBAL,
    CHANNEL
  }

  private final MomentsEncoder.Factory factory;

  /**
   * @param factory opens the autoencoder of an experiment
   */
  EncodeCommand(MomentsEncoder.Factory factory) {
    this.factory = factory;
  }

  @Override
  public String name() {
    return "encode";
  }

  @Override
  public String summary() {
    return "make a store of autoencoder features of images";
  }

  @Override
  public String synopsis() {
    return "--config FILE_OR_NAME [--set PATH=VALUE]... --images DIR_OR_ZIP --out STORE [--shard I/N]";
  }

  @Override
  public String description() {
    return "Brings each image to the size the autoencoder of the experiment reads, encodes it and its mirror image, and writes "
        + "the moments (means and log-variances) with the labels into shards of numpy files, each with its checksum. Classes "
        + "are numbered by their sorted names. The same command again goes on where a stopped or killed one ended: whole shards "
        + "stay, the one at hand is made again. Several machines share the work with --shard 0/2, --shard 1/2, in one "
        + "folder or in folders that are copied together afterwards. Prints images/s, where the time went, and the latents' mean "
        + "and standard deviation; --write-config writes an experiment that trains on the store. SIGTERM and Ctrl-C end it with "
        + "143 or 130. The format is described in docs/features.md.";
  }

  @Override
  public List<Example> examples() {
    return List.of(
        new Example(
            "features of ImageNet for the official model",
            "uvit encode --config imagenet256_uvit_large --images imagenet/train \\\n"
                + "      --out features/imagenet256 --write-config imagenet256.textproto"),
        new Example(
            "the second half of them, on another machine",
            "uvit encode --config imagenet256_uvit_large --images imagenet/train \\\n"
                + "      --out features/imagenet256 --shard 1/2"));
  }

  @Override
  public Options options() {
    Options options = new Options();
    ConfigOptions.addConfig(options, true);
    ConfigOptions.addSet(options);
    DeviceOption.add(options);
    return options
        .addOption(
            ConfigOptions.value(
                IMAGES,
                "DIR_OR_ZIP",
                "the images: a folder or zip (default: the images of the experiment's data)"))
        .addOption(ConfigOptions.value(OUT, "STORE", "folder of the store, created if absent"))
        .addOption(
            ConfigOptions.value(
                LABELS,
                "RULE",
                "where labels of --images come from: class-folders, file-name-prefix or unlabelled (default: as the experiment "
                    + "says of its image files, else class-folders for a class-conditional model, else unlabelled)"))
        .addOption(
            ConfigOptions.value(
                PREPROCESS,
                "KIND",
                "how images are brought to size: adm-center-crop, lanczos-center-crop, celeba-crop or no-resize (default: as "
                    + "the experiment says, adm-center-crop where it says no-resize)"))
        .addOption(Option.builder().longOpt(NO_MIRROR).desc("leave the mirror images out").get())
        .addOption(
            ConfigOptions.value(
                BATCH_SIZE,
                "N",
                "items encoded at once, mirror images included (default: "
                    + EncodeOptions.DEFAULT_BATCH_SIZE
                    + ")"))
        .addOption(
            ConfigOptions.value(
                ITEMS_PER_SHARD, "N", "items of a shard (default: about 64 MiB of them)"))
        .addOption(
            ConfigOptions.value(
                SHARD, "I/N", "make only the shards k with k mod N = I (default: 0/1)"))
        .addOption(
            ConfigOptions.value(
                WORKERS, "N", "threads that decode (default: data.workers of the experiment)"))
        .addOption(
            ConfigOptions.value(
                WRITE_CONFIG,
                "FILE",
                "write the experiment with data.features set to the store and the scale of latents measured, once all shards "
                    + "are there"))
        .addOption(
            ConfigOptions.value(
                SCALE,
                "global|channel",
                "of --write-config: latent.scale_factor = 1 over the standard deviation of all values (default), or a mean and "
                    + "a standard deviation for each channel"));
  }

  @Override
  public ExitCode run(Arguments arguments, Console console) throws Exception {
    Path out = arguments.requiredPath(OUT, console);
    Experiment experiment = ConfigOptions.load(arguments, console);
    if (!experiment.hasLatent()) {
      throw problem(experiment, "latent", "missing", "none", "an autoencoder to encode with");
    }
    EncodeInputs inputs = EncodeInputs.of(arguments, console, experiment);
    EncodeOptions options = encodeOptions(arguments, experiment);
    try (StopRequest stop = StopRequest.onSignals();
        MomentsEncoder encoder =
            factory.open(DeviceOption.settle(experiment, arguments, console))) {
      checkFits(experiment, encoder.shape());
      try (Dataset images = inputs.open(experiment.getModel(), encoder.pixels())) {
        console.note(images.summary().toString());
        FeatureStoreWriter store = store(arguments, out, images, encoder, inputs);
        EncodeReport report = encode(images, encoder, store, options, stop, console);
        console.note(report.text());
        if (!report.finished()) {
          console.note("stopped; the same command goes on with the shards that are missing");
          return stop.reason() == StopRequest.Reason.INTERRUPT
              ? ExitCode.INTERRUPTED
              : ExitCode.TERMINATED;
        }
        new EncodeResult(arguments, console, experiment, store).tell();
      }
    }
    console.out().println(out);
    return ExitCode.OK;
  }

  private static FeatureStoreWriter store(
      Arguments arguments, Path out, Dataset images, MomentsEncoder encoder, EncodeInputs inputs)
      throws Exception {
    FeatureManifest manifest;
    try {
      manifest =
          EncodeJob.plan(
              images,
              encoder,
              !arguments.has(NO_MIRROR),
              arguments.integer(ITEMS_PER_SHARD, 1, Integer.MAX_VALUE),
              inputs.preprocessing(encoder.pixels()));
    } catch (IllegalArgumentException e) {
      throw new UsageException(e.getMessage(), e);
    }
    return FeatureStoreWriter.open(out, manifest);
  }

  private static EncodeReport encode(
      Dataset images,
      MomentsEncoder encoder,
      FeatureStoreWriter store,
      EncodeOptions options,
      StopRequest stop,
      Console console)
      throws Exception {
    try (EncodeProgress progress = new EncodeProgress(console, store.manifest())) {
      EncodeJob job;
      try {
        job = new EncodeJob(images, encoder, store, options, progress, () -> stop.reason() != null);
      } catch (IllegalArgumentException e) {
        throw new UsageException("--" + BATCH_SIZE + ": " + e.getMessage(), e);
      }
      return job.run();
    }
  }

  private static EncodeOptions encodeOptions(Arguments arguments, Experiment experiment)
      throws UsageException {
    int[] part = part(arguments);
    return new EncodeOptions(
        arguments.integer(BATCH_SIZE, 1, 1 << 16).orElse(EncodeOptions.DEFAULT_BATCH_SIZE),
        part[0],
        part[1],
        arguments.integer(WORKERS, 1, 1 << 10).orElse(experiment.getData().getWorkers()),
        PREFETCH_BATCHES);
  }

  /** The two numbers of {@code --shard I/N}. */
  private static int[] part(Arguments arguments) throws UsageException {
    String text = arguments.text(SHARD).orElse("0/1");
    if (text.matches("[0-9]{1,6}/[1-9][0-9]{0,5}")) {
      int[] part = Arrays.stream(text.split("/", -1)).mapToInt(Integer::parseInt).toArray();
      if (part[0] < part[1]) {
        return part;
      }
    }
    throw new UsageException(
        "--%s: found '%s', wanted I/N with I from 0 to N - 1, such as 0/2".formatted(SHARD, text));
  }

  private static void checkFits(Experiment experiment, FeatureShape found) {
    Model model = experiment.getModel();
    boolean fits =
        model.getImageHeight() == found.height()
            && model.getImageWidth() == found.width()
            && model.getChannels() == found.latentChannels();
    if (!fits) {
      throw problem(
          experiment,
          "model",
          "does not have the size of the autoencoder's latents",
          "%dx%d, %d channels"
              .formatted(model.getImageHeight(), model.getImageWidth(), model.getChannels()),
          found.toString());
    }
  }

  private static ConfigException problem(
      Experiment experiment, String path, String what, String found, String wanted) {
    return new ConfigException(
        experiment.getName(), List.of(new ConfigProblem(path, what, found, wanted)));
  }

  /** The rules of {@code --labels}. */
  static List<Labels> labelRules() {
    return List.of(Labels.CLASS_FOLDERS, Labels.FILE_NAME_PREFIX, Labels.UNLABELLED);
  }

  /** The kinds of {@code --preprocess}. */
  static List<Preprocess> preprocessKinds() {
    return List.of(
        Preprocess.ADM_CENTER_CROP,
        Preprocess.LANCZOS_CENTER_CROP,
        Preprocess.CELEBA_CROP,
        Preprocess.NO_RESIZE);
  }
}
