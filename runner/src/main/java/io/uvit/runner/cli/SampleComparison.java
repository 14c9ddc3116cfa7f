package io.uvit.runner.cli;

import io.uvit.config.SolverTraits;
import io.uvit.config.v1.Experiment;
import io.uvit.config.v1.Sample;
import io.uvit.config.v1.Solver;
import io.uvit.runner.data.DataException;
import io.uvit.runner.data.Dataset;
import io.uvit.runner.data.Datasets;
import io.uvit.runner.image.ByteImage;
import io.uvit.runner.image.ImageConversion;
import io.uvit.runner.image.Png;
import io.uvit.runner.sample.ComparisonPicture;
import io.uvit.runner.sample.ComparisonTable;
import io.uvit.runner.sample.NearestNeighbour;
import io.uvit.runner.sample.SampleOutput;
import io.uvit.runner.sample.SampleProgress;
import io.uvit.runner.sample.SolverComparison;
import io.uvit.runner.train.StopRequest;
import io.uvit.savedmodels.checkpoint.AtomicFiles;
import io.uvit.savedmodels.pipeline.UViTPipeline;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** {@code uvit sample --compare}: solvers side by side. */
final class SampleComparison {
  private static final int MAX_STEPS = 1_000_000;

  /** Images shown of each row at most; the table is on all of them. */
  private static final int MAX_COLUMNS = 20;

  private final Arguments arguments;
  private final Console console;
  private final UViTPipeline pipeline;
  private final StopRequest stop;

  SampleComparison(Arguments arguments, Console console, UViTPipeline pipeline, StopRequest stop) {
    this.arguments = arguments;
    this.console = console;
    this.pipeline = pipeline;
    this.stop = stop;
  }

  /**
   * A row that is asked for.
   *
   * @param steps 0 where an adaptive solver decides
   */
  record Named(Solver solver, int steps) {
    String label() {
      return Arguments.kebab(solver) + (steps == 0 ? "" : " " + steps);
    }
  }

  /**
   * Samples, prints the table and writes the picture.
   *
   * @return false if it was stopped; nothing is printed or written then
   */
  boolean run(SampleRequests requests, Sample asked, Path out) throws Exception {
    if (SampleOutput.of(out) != SampleOutput.GRID) {
      throw new UsageException("--out: found '" + out + "', wanted a .png with --compare");
    }
    if (asked.getSolver() != Solver.SOLVER_UNSPECIFIED || asked.hasSteps()) {
      throw new UsageException(
          "--compare: found --set sample.solver or sample.steps, wanted them in --compare and"
              + " --compare-steps alone");
    }
    Experiment experiment = pipeline.experiment();
    List<Named> named = named(arguments, experiment.getSample().getSteps());
    List<SolverComparison.Entry> entries = entries(named, requests, asked);
    SampleRequests.Asked request = requests.request(entries.get(0).settings(), asked.hasCount());
    ComparisonPicture picture =
        new ComparisonPicture(named.stream().map(Named::label).toList()); // fails before the work
    Optional<NearestNeighbour> classifier = classifier(experiment);
    int batchSize = entries.get(0).settings().getBatchSize();
    SolverComparison comparison =
        new SolverComparison(
            pipeline.sampler(),
            experiment,
            request.request(),
            title -> progress(title, request.count(), batchSize));
    Optional<List<SolverComparison.Row>> rows = comparison.run(entries);
    if (rows.isEmpty()) {
      return false;
    }
    write(named, rows.get(), request, picture, classifier, out);
    return true;
  }

  private void write(
      List<Named> named,
      List<SolverComparison.Row> rows,
      SampleRequests.Asked request,
      ComparisonPicture picture,
      Optional<NearestNeighbour> classifier,
      Path out)
      throws IOException {
    List<ComparisonTable.Line> lines = new ArrayList<>();
    List<List<ByteImage>> shown = new ArrayList<>();
    for (int i = 0; i < rows.size(); i++) {
      List<ByteImage> images =
          ImageConversion.toImages(pipeline.shown(rows.get(i).images()), request.shape());
      Named name = named.get(i);
      lines.add(
          new ComparisonTable.Line(
              Arguments.kebab(name.solver()),
              name.steps() == 0 ? "-" : Integer.toString(name.steps()),
              rows.get(i),
              classifier.map(c -> hits(c, images, request.labels()))));
      shown.add(columns(images, MAX_COLUMNS));
    }
    Files.createDirectories(out.toAbsolutePath().getParent());
    AtomicFiles.write(out, Png.encode(picture.of(shown)));
    console.out().print(ComparisonTable.of(lines, request.count()));
  }

  /** The rows of {@code --compare} and {@code --compare-steps}, in order, none twice. */
  static List<Named> named(Arguments arguments, int defaultSteps) throws UsageException {
    List<Integer> steps = arguments.integers(SampleOptions.COMPARE_STEPS, 1, MAX_STEPS);
    List<Named> rows = new ArrayList<>();
    for (String entry : arguments.requiredText(SampleOptions.COMPARE).split(",", -1)) {
      String[] parts = entry.strip().split(":", 2);
      Solver solver = solver(parts[0]);
      if (SolverTraits.isAdaptive(solver)) {
        if (parts.length == 2) {
          throw malformed(entry, parts[0] + " without steps: it chooses its own");
        }
        rows.add(new Named(solver, 0));
      } else if (parts.length == 2) {
        rows.add(new Named(solver, steps(entry, parts[1])));
      } else if (steps.isEmpty()) {
        rows.add(new Named(solver, defaultSteps));
      } else {
        steps.forEach(n -> rows.add(new Named(solver, n)));
      }
    }
    return rows.stream().distinct().toList();
  }

  private static Solver solver(String name) throws UsageException {
    List<String> names = SampleOptions.solvers().stream().map(Arguments::kebab).toList();
    int index = names.indexOf(name);
    if (index < 0) {
      throw new UsageException(
          "--%s: found '%s', wanted NAME or NAME:STEPS of %s"
              .formatted(SampleOptions.COMPARE, name, String.join(", ", names)));
    }
    return SampleOptions.solvers().get(index);
  }

  private static int steps(String entry, String text) throws UsageException {
    if (!text.matches("[1-9][0-9]{0,5}")) {
      throw malformed(entry, "a number of steps from 1 to 999999 after the colon");
    }
    return Integer.parseInt(text);
  }

  private static UsageException malformed(String entry, String wanted) {
    return new UsageException(
        "--%s: found '%s', wanted %s".formatted(SampleOptions.COMPARE, entry, wanted));
  }

  private List<SolverComparison.Entry> entries(
      List<Named> named, SampleRequests requests, Sample asked) throws UsageException {
    List<SolverComparison.Entry> entries = new ArrayList<>();
    for (Named row : named) {
      Sample.Builder settings = asked.toBuilder().setSolver(row.solver());
      if (row.steps() > 0) {
        settings.setSteps(row.steps());
      }
      try {
        Sample whole =
            SampleSettings.resolve(
                settings.build(), pipeline.experiment(), arguments, requests.hasNegative());
        entries.add(new SolverComparison.Entry(row.label(), whole));
      } catch (UsageException e) {
        throw new UsageException(
            "--" + SampleOptions.COMPARE + ": " + row.label() + ": " + e.getMessage(), e);
      }
    }
    return entries;
  }

  private SampleProgress progress(String title, int count, int batchSize) {
    if (!console.terminal()) {
      console.note("sampling: " + title);
    }
    return new SampleProgress(
        title, count, batchSize, stop, SampleCommand.progressStyle(console), console.err());
  }

  private Optional<NearestNeighbour> classifier(Experiment experiment)
      throws UsageException, DataException {
    if (!arguments.has(SampleOptions.CLASSIFY)) {
      return Optional.empty();
    }
    if (experiment.hasLatent()) {
      throw new UsageException(
          "--%s: found a model on latents, wanted one on pixels".formatted(SampleOptions.CLASSIFY));
    }
    if (!experiment.getModel().hasClassConditional()) {
      throw new UsageException(
          "--%s: found a model without classes, wanted a class-conditional one"
              .formatted(SampleOptions.CLASSIFY));
    }
    try (Dataset dataset = Datasets.open(experiment.getData(), experiment.getModel())) {
      return Optional.of(new NearestNeighbour(dataset));
    }
  }

  private static int hits(NearestNeighbour classifier, List<ByteImage> images, int[] labels) {
    int hits = 0;
    for (int i = 0; i < labels.length; i++) {
      hits += classifier.classify(images.get(i)) == labels[i] ? 1 : 0;
    }
    return hits;
  }

  /** At most so many of the images, evenly spread over them. */
  static List<ByteImage> columns(List<ByteImage> images, int most) {
    int columns = Math.min(most, images.size());
    List<ByteImage> chosen = new ArrayList<>();
    for (int i = 0; i < columns; i++) {
      chosen.add(images.get((int) ((long) i * images.size() / columns)));
    }
    return chosen;
  }
}
