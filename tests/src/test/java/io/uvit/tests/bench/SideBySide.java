package io.uvit.tests.bench;

import io.uvit.config.ConfigLoader;
import io.uvit.config.v1.Model;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;

/**
 * Times training and sampling steps of this program and of a PyTorch peer in turn (A B A B ...) and
 * writes the table of docs/performance.md between its markers.
 *
 * <p>Each run is a process of its own. Rounds are repeated as often as asked; medians are over the
 * rounds' medians. A run during which other processes took more than a twentieth of the cores is an
 * error, and nothing is written then.
 *
 * <p>Called by {@code tests/bench/side-by-side}, which tells the options.
 */
public final class SideBySide {
  private static final String BEGIN = "<!-- side-by-side: begin -->";
  private static final String END = "<!-- side-by-side: end -->";

  /** A network at a batch size. */
  private record Size(String config, int batch) {}

  private static final List<Size> SIZES =
      List.of(
          new Size("cifar10_uvit_small", 4),
          new Size("cifar10_uvit_small", 16),
          new Size("imagenet64_uvit_mid", 4),
          new Size("imagenet256_uvit_large", 2));

  private SideBySide() {}

  /** Measures and writes. */
  public static void main(String[] arguments) throws IOException, InterruptedException {
    Options options = Options.parse(arguments);
    List<String> rows = new ArrayList<>();
    TreeMap<String, String> versions = new TreeMap<>();
    for (String kind : List.of("train", "sample")) {
      for (String dtype : List.of("float32", "bfloat16")) {
        for (Size size : SIZES) {
          BenchCase one = new BenchCase(kind, size.config(), size.batch(), dtype);
          if (one.toString().contains(options.only())) {
            rows.add(row(one, options, versions));
          }
        }
      }
    }
    if (!options.dryRun()) {
      write(options.root().resolve("docs/performance.md"), table(rows, versions, options));
    }
  }

  private static String row(BenchCase one, Options options, TreeMap<String, String> versions)
      throws IOException, InterruptedException {
    Contestant ours = new Contestant(options.ours(one));
    Contestant eager = new Contestant(options.peer(one, false));
    Contestant compiled = new Contestant(options.peer(one, true));
    for (int round = 0; round < options.rounds(); round++) {
      for (Contestant contestant : List.of(ours, eager, compiled)) {
        contestant.run();
      }
    }
    versions.put("PyTorch", eager.text("torch"));
    Contestant best = eager.median("ms_median") < compiled.median("ms_median") ? eager : compiled;
    String row =
        String.format(
            Locale.ROOT,
            "| %s | `%s` | %d | %s | %,.0f | %,.0f | %,.0f | %.2f | %,.0f | %,.0f | %.2f |",
            one.kind(),
            one.config(),
            one.batch(),
            one.dtype(),
            ours.median("ms_median"),
            eager.median("ms_median"),
            compiled.median("ms_median"),
            ours.median("ms_median") / best.median("ms_median"),
            ours.median("peak_rss_mb"),
            best.median("peak_rss_mb"),
            ours.median("peak_share"));
    System.out.println(row);
    return row;
  }

  private static String table(List<String> rows, TreeMap<String, String> versions, Options options)
      throws IOException {
    return String.format(
        Locale.ROOT,
        """
        %s
        %s, %d cores, Java %s, TensorFlow Java 1.1.0 (TensorFlow 2.18), PyTorch %s; %s. Medians of %d rounds of %d steps.

        | step | network | batch | type | ours, ms | PyTorch eager | compiled | ours : best | memory, MB | PyTorch's | share of peak |
        |---|---|---:|---|---:|---:|---:|---:|---:|---:|---:|
        %s
        %s""",
        BEGIN,
        processor(),
        Runtime.getRuntime().availableProcessors(),
        System.getProperty("java.version"),
        versions.getOrDefault("PyTorch", "unknown"),
        LocalDate.now(),
        options.rounds(),
        options.steps(),
        String.join("\n", rows),
        END);
  }

  private static String processor() throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/cpuinfo"))) {
      if (line.startsWith("model name")) {
        return line.substring(line.indexOf(':') + 1).strip();
      }
    }
    return "unknown processor";
  }

  private static void write(Path file, String table) throws IOException {
    String text = Files.readString(file);
    int begin = text.indexOf(BEGIN);
    int end = text.indexOf(END);
    if (begin < 0 || end < begin) {
      throw new IOException(
          file + ": found no " + BEGIN + " and " + END + " after it, wanted both");
    }
    Files.writeString(file, text.substring(0, begin) + table + text.substring(end + END.length()));
  }

  /**
   * The command line.
   *
   * @param root of the source tree
   * @param peer the peer's program
   * @param python runs the peer
   * @param rounds runs of each contestant
   * @param steps measured in a run
   * @param only cases whose text contains this
   * @param dryRun print rows, write nothing
   */
  private record Options(
      Path root, Path peer, String python, int rounds, int steps, String only, boolean dryRun) {

    static Options parse(String[] arguments) {
      TreeMap<String, String> values = new TreeMap<>();
      boolean dryRun = false;
      for (int i = 0; i < arguments.length; i++) {
        if (arguments[i].equals("--dry-run")) {
          dryRun = true;
        } else if (arguments[i].startsWith("--") && i + 1 < arguments.length) {
          values.put(arguments[i].substring(2), arguments[++i]);
        } else {
          throw new IllegalArgumentException("found " + arguments[i] + ", wanted --NAME VALUE");
        }
      }
      if (!values.containsKey("peer")) {
        throw new IllegalArgumentException("--peer: missing, wanted the peer's program");
      }
      return new Options(
          Path.of(values.getOrDefault("root", ".")).toAbsolutePath(),
          Path.of(values.get("peer")).toAbsolutePath(),
          values.getOrDefault("python", "python3"),
          Integer.parseInt(values.getOrDefault("rounds", "3")),
          Integer.parseInt(values.getOrDefault("steps", "10")),
          values.getOrDefault("only", ""),
          dryRun);
    }

    /**
     * The peer samples with guidance wherever a network has classes. Without a null class there is
     * none, so the network is given twice the images instead. The peer keeps all activations for
     * the gradients, so ours does, whatever the experiment says.
     */
    List<String> ours(BenchCase one) {
      Model model = ConfigLoader.load(one.config(), List.of()).getModel();
      boolean twice =
          one.kind().equals("sample")
              && model.hasClassConditional()
              && !model.getClassConditional().hasNullClass();
      BenchCase equal =
          new BenchCase(one.kind(), one.config(), one.batch() * (twice ? 2 : 1), one.dtype());
      List<String> command = new ArrayList<>(List.of(root.resolve("uvit").toString(), "bench"));
      command.addAll(equal.arguments());
      command.addAll(List.of("--steps", Integer.toString(steps)));
      if (one.kind().equals("train")) {
        command.addAll(List.of("--set", "train.activation_checkpointing=false"));
      }
      return command;
    }

    List<String> peer(BenchCase one, boolean compiled) {
      List<String> command = new ArrayList<>(List.of(python, peer.toString()));
      command.addAll(one.arguments());
      command.addAll(List.of("--steps", Integer.toString(steps)));
      if (compiled) {
        command.add("--compile");
      }
      return command;
    }
  }
}
