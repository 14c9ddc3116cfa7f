package io.uvit.runner.cli;

import io.uvit.config.v1.Experiment;
import io.uvit.graph.model.UViT;
import io.uvit.graph.model.UViTConfig;
import io.uvit.ops.parameters.StorageType;
import io.uvit.runner.train.TrainingCheckpoint;
import io.uvit.savedmodels.checkpoint.Checkpoint;
import io.uvit.savedmodels.export.Provenance;
import io.uvit.savedmodels.export.SavedModelFlavor;
import io.uvit.savedmodels.export.SavedModelWriter;
import io.uvit.savedmodels.export.WeightFileWriter;
import io.uvit.savedmodels.export.WeightFormat;
import io.uvit.savedmodels.export.WeightStorage;
import io.uvit.savedmodels.export.WeightsFlavor;
import io.uvit.savedmodels.weights.DataType;
import io.uvit.savedmodels.weights.TensorFile;
import io.uvit.savedmodels.weights.TensorFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.commons.cli.Option;
import org.apache.commons.cli.Options;

/**
 * {@code uvit export}: the weights of a checkpoint as a SavedModel or a weight file, the training
 * program as a SavedModel, or the training as the official code's folder.
 */
final class ExportCommand implements Command {
  private static final String OUT = "out";
  static final String FORMAT = "format";
  static final String DTYPE = "dtype";
  static final String FLAVOR = "flavor";
  private static final String OVERWRITE = "overwrite";

  /** What is written. */
  enum Format {
    SAVED_MODEL,
    SAFETENSORS,
    PTH,
    NPZ,
    CKPT;

    WeightFormat ofWeights() {
      return WeightFormat.valueOf(name());
    }
  }

  /** Element types of weights. */
  enum Dtype {
    FLOAT32(DataType.F32, Optional.of(StorageType.FLOAT32)),
    BFLOAT16(DataType.BF16, Optional.of(StorageType.BFLOAT16)),
    FLOAT16(DataType.F16, Optional.empty());

    private final DataType inFiles;
    private final Optional<StorageType> inModels;

    Dtype(DataType inFiles, Optional<StorageType> inModels) {
      this.inFiles = inFiles;
      this.inModels = inModels;
    }
  }

  @Override
  public String name() {
    return "export";
  }

  @Override
  public String summary() {
    return "write weights as a SavedModel or a file, or the training program";
  }

  @Override
  public String synopsis() {
    return "[--training] (--run-dir DIR | --checkpoint DIR | --config FILE_OR_NAME) --out PATH "
        + "[--format FORMAT] [--flavor variables|frozen] [--dtype DTYPE] [--weights ema|model|ema:RATE]";
  }

  @Override
  public String description() {
    return "Writes the network of a checkpoint with its averaged weights. A SavedModel has the tag "
        + "'serve' and needs nothing of this program: the signature 'sample', which is "
        + "'serving_default' too, gives whole images in one call from label int32 [B] (context "
        + "float32 [B,N,D] of a text model, count int32 of an unconditional one) and, each with a "
        + "default, seed, solver, steps, guidance_scale and more; 'sample_defaults' has few "
        + "inputs, for callers that must give all; 'denoise' is one evaluation of the network, x "
        + "float32 [B,H,W,C], t float32 [B] (the network's own time input: 999 times the time of "
        + "VP-SDE models, the step n of discrete ones) and the condition to prediction float32 "
        + "[B,H,W,C]; 'solve' runs rows of any solver. A model on latents takes its autoencoder along: "
        + "'sample' gives decoded images, and 'encode' and 'decode' are signatures of their own. The contract is docs/savedmodel.md. The "
        + "experiment and a model card lie in its assets.extra. The other formats hold the "
        + "weights alone, under the official names; ckpt is a folder N.ckpt that a training of the "
        + "official code in PyTorch goes on from: weights, average, optimizer, schedule, step. "
        + "With --training, a SavedModel with the tag 'train' holds the whole training step and "
        + "all state of the run, or of one yet to begin (--config), for other runtimes: "
        + "docs/savedmodel-training.md. What is written is whole or absent.";
  }

  @Override
  public List<Example> examples() {
    return List.of(
        new Example("a SavedModel", "uvit export --run-dir runs/digits --out models/digits"),
        new Example(
            "one file with half the bytes",
            "uvit export --run-dir runs/digits --flavor frozen --dtype bfloat16 \\\n"
                + "      --out models/digits-small"),
        new Example(
            "a PyTorch state dict of one checkpoint",
            "uvit export --checkpoint runs/digits/checkpoints/step-002500 \\\n"
                + "      --format pth --out digits.pth"),
        new Example(
            "a training that PyTorch goes on with",
            "uvit export --run-dir runs/digits --format ckpt --out 2500.ckpt"),
        new Example(
            "a training program that starts at step 0",
            "uvit export --training --config quickstart --out models/digits-train"));
  }

  @Override
  public Options options() {
    Options options = new Options();
    CheckpointOptions.add(options);
    TrainingExportMode.add(options);
    AutoencoderOptions.addAll(options);
    return options
        .addOption(
            Option.builder()
                .longOpt(OUT)
                .hasArg()
                .argName("PATH")
                .required()
                .desc("folder of the SavedModel or of the training, or the weight file")
                .get())
        .addOption(
            ConfigOptions.value(
                FORMAT,
                "FORMAT",
                "saved-model (default), safetensors, pth, npz, or ckpt: a training folder"))
        .addOption(
            ConfigOptions.value(
                CheckpointWeights.OPTION,
                CheckpointWeights.VALUES,
                CheckpointWeights.DESCRIPTION + " (default: ema)"))
        .addOption(
            ConfigOptions.value(
                DTYPE,
                "DTYPE",
                "float32 (default), bfloat16, or, in weight files, float16; rounded to nearest"))
        .addOption(
            ConfigOptions.value(
                FLAVOR,
                "FLAVOR",
                "of a SavedModel: variables (default), or frozen, which makes the weights "
                    + "constants of the graph, in one file of less than 2 GiB"))
        .addOption(
            Option.builder()
                .longOpt(OVERWRITE)
                .desc("replace what an earlier export wrote; anything else is left alone")
                .get());
  }

  @Override
  public ExitCode run(Arguments arguments, Console console) throws Exception {
    Path out = arguments.requiredPath(OUT, console);
    Format format = arguments.choice(FORMAT, List.of(Format.values())).orElse(Format.SAVED_MODEL);
    Dtype dtype = arguments.choice(DTYPE, List.of(Dtype.values())).orElse(Dtype.FLOAT32);
    Optional<SavedModelFlavor> flavor =
        arguments.choice(FLAVOR, List.of(SavedModelFlavor.values()));
    boolean overwrite = arguments.has(OVERWRITE);
    if (TrainingExportMode.chosen(arguments)) {
      return TrainingExportMode.run(arguments, out, overwrite, console);
    }
    if (format == Format.CKPT) {
      return TrainingFolderMode.run(arguments, out, overwrite, console);
    }
    refuseImpossible(format, dtype, flavor);
    refuseTarget(out, format, overwrite);

    Checkpoint checkpoint = CheckpointOptions.open(arguments, console);
    Experiment experiment =
        AutoencoderOptions.apply(arguments, console, TrainingCheckpoint.experiment(checkpoint));
    CheckpointWeights chosen = CheckpointWeights.of(arguments, experiment);
    WeightsFlavor which = chosen.flavor();
    try (TensorFile weights = TensorFiles.open(chosen.in(checkpoint))) {
      if (format == Format.SAVED_MODEL) {
        Provenance provenance = Provenance.ofCheckpoint(checkpoint.step(), which, Main.version());
        WeightStorage storage =
            new WeightStorage(
                flavor.orElse(SavedModelFlavor.VARIABLES), dtype.inModels.orElseThrow());
        TensorFile served = AutoencoderOptions.served(arguments, experiment, weights);
        new SavedModelWriter().write(out, overwrite, experiment, served, provenance, storage);
      } else {
        UViT model = new UViT(UViTConfig.of(experiment.getModel()));
        Map<String, String> metadata =
            new TreeMap<>(
                Map.of(
                    "format", "pt",
                    "experiment", experiment.getName(),
                    "step", Long.toString(checkpoint.step()),
                    "weights", which.name()));
        WeightFileWriter.write(
            out,
            overwrite,
            format.ofWeights(),
            dtype.inFiles,
            model.parameters(),
            weights,
            metadata);
      }
    }
    console.note(
        "exported %s of step %d, checkpoint %s"
            .formatted(which.description(), checkpoint.step(), checkpoint.folder()));
    console.out().println(out);
    return ExitCode.OK;
  }

  private static void refuseImpossible(
      Format format, Dtype dtype, Optional<SavedModelFlavor> flavor) throws UsageException {
    if (format == Format.SAVED_MODEL) {
      if (dtype.inModels.isEmpty()) {
        throw new UsageException(
            "--dtype: found %s with a SavedModel, wanted float32 or bfloat16, or a weight file; its range is too small for the weights of some networks"
                .formatted(Arguments.kebab(dtype)));
      }
      return;
    }
    if (flavor.isPresent()) {
      throw new UsageException(
          "--flavor: found %s with the format %s, wanted it with a SavedModel"
              .formatted(Arguments.kebab(flavor.get()), Arguments.kebab(format)));
    }
    if (!format.ofWeights().has(dtype.inFiles)) {
      throw new UsageException(
          "--dtype: found %s, which the format %s does not have"
              .formatted(Arguments.kebab(dtype), Arguments.kebab(format)));
    }
  }

  /** Before anything is read: a checkpoint can be large. */
  private static void refuseTarget(Path out, Format format, boolean overwrite) throws IOException {
    if (format == Format.SAVED_MODEL) {
      SavedModelWriter.checkTarget(out, overwrite);
    } else {
      WeightFileWriter.checkTarget(out, overwrite);
    }
  }
}
