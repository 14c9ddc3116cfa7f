package io.uvit.tests.gpu;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * The command line of {@code tests/gpu/run}.
 *
 * @param out where results go
 * @param from folders of earlier results: their steps are not repeated, but are in the table
 * @param target what is measured
 * @param stages that run, in order; none with {@code --table-only}
 * @param scale how much is measured
 * @param peer the peer's program
 * @param python runs the peer
 * @param only steps whose names contain this
 * @param limitSeconds for everything
 */
record GpuOptions(
    Path out,
    List<Path> from,
    Target target,
    Set<Stage> stages,
    Scale scale,
    Optional<Path> peer,
    String python,
    String only,
    int limitSeconds) {
  private static final String USAGE =
      """
      usage: run --out DIR [options]

        --out DIR           where results, logs and the table go
        --device gpu|cpu    what is measured (default: gpu; cpu is for trying the scripts)
        --stage STAGE       golden, train, sample or peer; may be repeated (default: all four)
        --scale full|tiny   the networks that matter, or a small one for trying the scripts (default: full)
        --peer FILE         the PyTorch peer, for stage peer
        --python PYTHON     runs the peer (default: python3)
        --from DIR          the --out of an earlier call: what succeeded there is not repeated; may be repeated
        --only TEXT         steps whose names contain the text
        --limit SECONDS     for everything: no step begins after it, none runs on (default: 570)
        --table-only        run nothing, make the table of --from and --out
      """;

  private static final int DEFAULT_LIMIT = 570;

  /** Options that take a value; those that may be repeated are among them. */
  private static final Set<String> VALUES =
      Set.of("out", "device", "stage", "scale", "peer", "python", "from", "only", "limit");

  private static final Set<String> REPEATED = Set.of("stage", "from");

  /**
   * Parses a command line.
   *
   * @throws UsageException if it makes no sense
   */
  static GpuOptions parse(String[] arguments) {
    Map<String, List<String>> values = new TreeMap<>();
    boolean tableOnly = false;
    for (int i = 0; i < arguments.length; i++) {
      String name = arguments[i].startsWith("--") ? arguments[i].substring(2) : "";
      if (name.equals("table-only")) {
        tableOnly = true;
      } else if (VALUES.contains(name) && i + 1 < arguments.length) {
        values.computeIfAbsent(name, k -> new ArrayList<>()).add(arguments[++i]);
      } else {
        throw new UsageException("found '" + arguments[i] + "'\n" + USAGE);
      }
    }
    values.forEach(
        (name, all) -> {
          if (all.size() > 1 && !REPEATED.contains(name)) {
            throw new UsageException("--" + name + ": found " + all + ", wanted one");
          }
        });
    if (!values.containsKey("out")) {
      throw new UsageException("--out: missing\n" + USAGE);
    }
    Optional<Path> peer = one(values, "peer").map(file -> Path.of(file).toAbsolutePath());
    GpuOptions options =
        new GpuOptions(
            Path.of(one(values, "out").orElseThrow()).toAbsolutePath(),
            values.getOrDefault("from", List.of()).stream().map(Path::of).toList(),
            Target.of(one(values, "device").orElse("gpu")),
            stages(values.getOrDefault("stage", List.of()), tableOnly),
            Scale.of(one(values, "scale").orElse("full")),
            peer,
            one(values, "python").orElse("python3"),
            one(values, "only").orElse(""),
            seconds(one(values, "limit").orElse(Integer.toString(DEFAULT_LIMIT))));
    if (options.stages().contains(Stage.PEER) && peer.isEmpty()) {
      throw new UsageException(
          "--peer: missing, wanted the peer's program, or --stage without peer\n" + USAGE);
    }
    return options;
  }

  private static Optional<String> one(Map<String, List<String>> values, String name) {
    return Optional.ofNullable(values.get(name)).map(all -> all.get(0));
  }

  private static Set<Stage> stages(List<String> words, boolean tableOnly) {
    if (tableOnly) {
      return EnumSet.noneOf(Stage.class);
    }
    if (words.isEmpty()) {
      return EnumSet.allOf(Stage.class);
    }
    Set<Stage> stages = EnumSet.noneOf(Stage.class);
    words.forEach(word -> stages.add(Stage.of(word)));
    return stages;
  }

  private static int seconds(String text) {
    try {
      int seconds = Integer.parseInt(text);
      if (seconds > 0) {
        return seconds;
      }
    } catch (NumberFormatException e) {
      // Said below.
    }
    throw new UsageException("--limit: found '" + text + "', wanted a number of seconds");
  }
}
