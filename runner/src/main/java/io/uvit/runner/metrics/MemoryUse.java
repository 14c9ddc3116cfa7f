package io.uvit.runner.metrics;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Memory of this process in bytes.
 *
 * @param resident physical memory in use now
 * @param peakResident the most it has been
 * @param source what was measured
 */
public record MemoryUse(long resident, long peakResident, Source source) {

  /** What the numbers cover. */
  public enum Source {
    /** The whole process with native memory (Linux's VmRSS and VmHWM). */
    PROCESS,
    /** The Java heap only, and no peak: all that can be told without {@code /proc}. */
    JAVA_HEAP
  }

  private static final Path STATUS = Path.of("/proc/self/status");
  private static final Pattern KIBIBYTES = Pattern.compile("\\s*([0-9]{1,15})\\s*kB\\s*");

  /** Measures now. */
  public static MemoryUse now() {
    return read(STATUS);
  }

  static MemoryUse read(Path status) {
    if (Files.isReadable(status)) {
      try {
        List<String> lines = Files.readAllLines(status);
        OptionalLong resident = bytes(lines, "VmRSS:");
        OptionalLong peak = bytes(lines, "VmHWM:");
        if (resident.isPresent() && peak.isPresent()) {
          return new MemoryUse(resident.getAsLong(), peak.getAsLong(), Source.PROCESS);
        }
      } catch (IOException e) {
        return heap();
      }
    }
    return heap();
  }

  private static MemoryUse heap() {
    Runtime runtime = Runtime.getRuntime();
    long used = runtime.totalMemory() - runtime.freeMemory();
    return new MemoryUse(used, used, Source.JAVA_HEAP);
  }

  private static OptionalLong bytes(List<String> lines, String key) {
    for (String line : lines) {
      if (line.startsWith(key)) {
        Matcher value = KIBIBYTES.matcher(line.substring(key.length()));
        return value.matches()
            ? OptionalLong.of(Long.parseLong(value.group(1)) * 1024)
            : OptionalLong.empty();
      }
    }
    return OptionalLong.empty();
  }
}
