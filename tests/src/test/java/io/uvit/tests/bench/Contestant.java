package io.uvit.tests.bench;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A program that prints one JSON line about itself, run again and again. */
final class Contestant {
  /** Of all cores, what other processes may take during a run. */
  private static final double MOST_TAKEN = 0.05;

  private final List<String> command;
  private final List<JsonObject> results = new ArrayList<>();

  Contestant(List<String> command) {
    this.command = List.copyOf(command);
  }

  /**
   * Runs the program once.
   *
   * @throws IOException if it fails, prints no JSON, or others took the cores meanwhile
   */
  void run() throws IOException, InterruptedException {
    Path output = Files.createTempFile("bench", ".out");
    Path times = Files.createTempFile("bench", ".time");
    try {
      List<String> timed =
          new ArrayList<>(
              List.of(
                  "bash",
                  "-c",
                  "TIMEFORMAT='%U %S'; out=$1 times=$2; shift 2; { time \"$@\" >\"$out\" 2>\"$out.err\"; } 2>\"$times\"",
                  "side-by-side",
                  output.toString(),
                  times.toString()));
      timed.addAll(command);
      long before = busyTicks();
      long begun = System.nanoTime();
      ProcessBuilder builder = new ProcessBuilder(timed).inheritIO();
      builder.environment().put("UVIT_SKIP_BUILD_CHECK", "1");
      int status = builder.start().waitFor();
      double wall = (System.nanoTime() - begun) / 1e9;
      if (status != 0) {
        throw new IOException(
            String.join(" ", command)
                + ": exit status "
                + status
                + "\n"
                + Files.readString(Path.of(output + ".err")));
      }
      refuseIfTaken((busyTicks() - before) / 100.0 - seconds(times), wall);
      String printed = Files.readString(output);
      results.add(
          JsonLine.of(printed)
              .orElseThrow(() -> new IOException("found no JSON line in: " + printed)));
    } finally {
      Files.deleteIfExists(output);
      Files.deleteIfExists(Path.of(output + ".err"));
      Files.deleteIfExists(times);
    }
  }

  private void refuseIfTaken(double othersSeconds, double wall) throws IOException {
    double share = othersSeconds / wall / Runtime.getRuntime().availableProcessors();
    if (share > MOST_TAKEN) {
      throw new IOException(
          "%s: other processes took %.0f %% of the cores meanwhile, wanted at most %.0f %%: measure on an idle machine"
              .formatted(String.join(" ", command), 100 * share, 100 * MOST_TAKEN));
    }
  }

  private static double seconds(Path times) throws IOException {
    String[] parts = Files.readString(times).strip().split("\\s+");
    return Double.parseDouble(parts[0]) + Double.parseDouble(parts[1]);
  }

  /** Hundredths of seconds that all cores were busy, with what a host took away. */
  private static long busyTicks() throws IOException {
    String[] fields =
        new String(Files.readAllBytes(Path.of("/proc/stat")), StandardCharsets.UTF_8)
            .lines()
            .findFirst()
            .orElseThrow()
            .split("\\s+");
    long busy = 0;
    for (int i : new int[] {1, 2, 3, 6, 7, 8}) { // user, nice, system, irq, softirq, steal
      busy += Long.parseLong(fields[i]);
    }
    return busy;
  }

  /** The median of a figure over the runs. */
  double median(String figure) {
    double[] values = results.stream().mapToDouble(r -> r.get(figure).getAsDouble()).toArray();
    Arrays.sort(values);
    return (values[(values.length - 1) / 2] + values[values.length / 2]) / 2;
  }

  /** A text of the first run. */
  String text(String key) {
    return results.get(0).has(key) ? results.get(0).get(key).getAsString() : "unknown";
  }
}
