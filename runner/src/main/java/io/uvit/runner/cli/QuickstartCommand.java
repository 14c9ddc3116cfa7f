package io.uvit.runner.cli;

import io.uvit.config.ConfigLoader;
import io.uvit.config.v1.Experiment;
import io.uvit.runner.data.Dataset;
import io.uvit.runner.data.Datasets;
import io.uvit.runner.image.ByteImage;
import io.uvit.runner.image.ImageConversion;
import io.uvit.runner.metrics.ProgressStyle;
import io.uvit.runner.sample.NearestNeighbour;
import io.uvit.runner.sample.SampleOutput;
import io.uvit.runner.train.InitialWeights;
import io.uvit.runner.train.Resume;
import io.uvit.runner.train.RunDirectory;
import io.uvit.runner.train.RunLog;
import io.uvit.runner.train.StopRequest;
import io.uvit.runner.train.Trainer;
import io.uvit.runner.train.TrainingCheckpoint;
import io.uvit.runner.train.TrainingRun;
import io.uvit.savedmodels.checkpoint.AtomicFiles;
import io.uvit.savedmodels.checkpoint.Checkpoint;
import io.uvit.savedmodels.checkpoint.CheckpointStore;
import io.uvit.savedmodels.export.Provenance;
import io.uvit.savedmodels.export.SavedModelWriter;
import io.uvit.savedmodels.export.WeightsFlavor;
import io.uvit.savedmodels.pipeline.SampleListener;
import io.uvit.savedmodels.pipeline.SampleRequest;
import io.uvit.savedmodels.pipeline.UViTPipeline;
import io.uvit.savedmodels.weights.TensorFile;
import io.uvit.savedmodels.weights.TensorFiles;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.commons.cli.Option;
import org.apache.commons.cli.Options;

/** {@code uvit quickstart}: the whole job on the embedded digits, in minutes on a CPU. */
final class QuickstartCommand implements Command {
  private static final String RUN_DIR = "run-dir";
  private static final String FROM_SCRATCH = "from-scratch";
  private static final String WEIGHTS = "/io/uvit/runner/quickstart/digits.safetensors";
  private static final long SAMPLE_SEED = 7;

  /** The committed weights are trained; this many steps more show the program at work. */
  private static final List<String> GO_ON =
      List.of(
          "train.steps=400",
          "train.warmup_steps=100",
          "train.adamw.learning_rate=2e-4",
          "train.log_every=20",
          "train.preview_every=100",
          "train.checkpoint_every=200");

  @Override
  public String name() {
    return "quickstart";
  }

  @Override
  public String summary() {
    return "train, sample and export the ten digits, in minutes on a CPU";
  }

  @Override
  public String synopsis() {
    return "[--run-dir DIR] [--from-scratch]";
  }

  @Override
  public String description() {
    return "Continues training a small class-conditional U-ViT on the 10,000 embedded MNIST digits from weights that travel with "
        + "the program, shows preview grids as it goes, samples 100 digits (10 a class, with guidance) by DPM-Solver++(2M), counts "
        + "how many of them a nearest-neighbour classifier gives their own class, and exports a SavedModel. With --from-scratch it "
        + "trains from random weights, by the experiment 'quickstart' as it stands, which takes much longer.";
  }

  @Override
  public List<Example> examples() {
    return List.of(new Example("the whole job", "uvit quickstart"));
  }

  @Override
  public Options options() {
    return new Options()
        .addOption(
            Option.builder()
                .longOpt(RUN_DIR)
                .hasArg()
                .argName("DIR")
                .desc("folder of the run (default: runs/quickstart)")
                .get())
        .addOption(Option.builder().longOpt(FROM_SCRATCH).desc("start from random weights").get());
  }

  @Override
  public ExitCode run(Arguments arguments, Console console) throws Exception {
    boolean fromScratch = arguments.has(FROM_SCRATCH);
    String folder = fromScratch ? "runs/quickstart-from-scratch" : "runs/quickstart";
    RunDirectory directory =
        new RunDirectory(arguments.path(RUN_DIR, console).orElse(console.resolve(folder)));
    Experiment experiment = ConfigLoader.load("quickstart", fromScratch ? List.of() : GO_ON);
    ExitCode trained = train(experiment, directory, fromScratch, console);
    if (trained != ExitCode.OK) {
      return trained;
    }
    Checkpoint checkpoint =
        CheckpointStore.builder(directory.root()).build().openLatest().orElseThrow();
    int[] labels = new int[experiment.getSample().getCount()];
    for (int i = 0; i < labels.length; i++) {
      labels[i] = i * 10 / labels.length;
    }
    List<ByteImage> digits = sample(experiment, checkpoint, labels, console);
    Path picture = directory.root().resolve("digits.png");
    SampleOutput.of(picture).write(picture, digits, labels);
    Path model = directory.root().resolve("savedmodel");
    export(experiment, checkpoint, model);
    console.out().println("pictures:       " + picture);
    console.out().println("growth:         " + directory.samples());
    console.out().println("saved model:    " + model);
    console.out().println("run directory:  " + directory.root());
    console
        .out()
        .printf("class accuracy: %d/%d%n", hits(experiment, digits, labels), digits.size());
    return ExitCode.OK;
  }

  private static ExitCode train(
      Experiment experiment, RunDirectory directory, boolean fromScratch, Console console)
      throws Exception {
    Optional<InitialWeights> weights =
        fromScratch
            ? Optional.empty()
            : Optional.of(InitialWeights.of(unpackWeights(directory.root())));
    StopRequest stop = StopRequest.onSignals();
    ProgressStyle style = ProgressStyle.of(console.terminal(), System.getenv());
    TrainingRun run = new TrainingRun(experiment, directory, new Resume.Auto(), weights);
    try (RunLog log = new RunLog(directory, experiment, console.err(), style)) {
      if (run.execute(log, stop, console::note) == Trainer.Outcome.FINISHED) {
        return ExitCode.OK;
      }
    }
    console.note("stopped after a checkpoint; the same command goes on from it");
    return stop.reason() == StopRequest.Reason.INTERRUPT
        ? ExitCode.INTERRUPTED
        : ExitCode.TERMINATED;
  }

  private static Path unpackWeights(Path folder) throws IOException {
    Files.createDirectories(folder);
    Path file = folder.resolve("initial.safetensors");
    try (InputStream in = QuickstartCommand.class.getResourceAsStream(WEIGHTS)) {
      if (in == null) {
        throw new IOException("this build lacks the resource " + WEIGHTS);
      }
      AtomicFiles.write(file, in.readAllBytes());
    }
    return file;
  }

  private static void export(Experiment experiment, Checkpoint checkpoint, Path model)
      throws IOException {
    Provenance provenance =
        Provenance.ofCheckpoint(checkpoint.step(), WeightsFlavor.EMA, Main.version());
    try (TensorFile weights = TensorFiles.open(checkpoint.file(TrainingCheckpoint.EMA))) {
      new SavedModelWriter().write(model, true, experiment, weights, provenance);
    }
  }

  private static List<ByteImage> sample(
      Experiment experiment, Checkpoint checkpoint, int[] labels, Console console)
      throws Exception {
    console.note("sampling " + labels.length + " digits");
    List<ByteImage> digits = new ArrayList<>();
    SampleRequest request = SampleRequest.builder().labels(labels).seed(SAMPLE_SEED).build();
    try (UViTPipeline pipeline =
            UViTPipeline.ofWeights(experiment, checkpoint.file(TrainingCheckpoint.EMA));
        Dataset dataset = Datasets.open(experiment.getData(), experiment.getModel())) {
      pipeline
          .sampler()
          .sample(
              request,
              SampleListener.none(),
              (first, images) -> digits.addAll(ImageConversion.toImages(images, dataset.shape())));
    }
    return digits;
  }

  /** How many pictures have their nearest training image in their own class. */
  private static int hits(Experiment experiment, List<ByteImage> digits, int[] labels)
      throws Exception {
    try (Dataset dataset = Datasets.open(experiment.getData(), experiment.getModel())) {
      NearestNeighbour classifier = new NearestNeighbour(dataset);
      int hits = 0;
      for (int i = 0; i < labels.length; i++) {
        hits += classifier.classify(digits.get(i)) == labels[i] ? 1 : 0;
      }
      return hits;
    }
  }
}
