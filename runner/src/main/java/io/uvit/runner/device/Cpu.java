package io.uvit.runner.device;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The processor, as far as it decides how fast TensorFlow computes on it.
 *
 * @param model its name; empty where the system does not tell
 * @param processors hardware threads that this process may use
 * @param avx512 whether it has vectors of 512 bits (AVX-512F)
 * @param avx512Bf16 whether it multiplies bfloat16 in them (AVX512_BF16)
 * @param amx whether it multiplies tiles of bfloat16 (AMX)
 */
public record Cpu(
    Optional<String> model, int processors, boolean avx512, boolean avx512Bf16, boolean amx) {

  /**
   * Reads {@code /proc/cpuinfo}; without it no extension is known.
   *
   * @param root of the file system
   */
  static Cpu read(Path root, int processors) {
    List<String> lines;
    try {
      lines = Files.readAllLines(root.resolve("proc/cpuinfo"));
    } catch (IOException e) {
      lines = List.of(); // not Linux
    }
    Set<String> flags =
        new HashSet<>(List.of(value(lines, "flags").orElse("none").split("\\s+", -1)));
    return new Cpu(
        value(lines, "model name"),
        processors,
        flags.contains("avx512f"),
        flags.contains("avx512_bf16"),
        flags.contains("amx_tile") && flags.contains("amx_bf16"));
  }

  /** Of the first processor. */
  private static Optional<String> value(List<String> lines, String key) {
    return lines.stream()
        .filter(line -> line.matches(key + "\\s*:.*"))
        .map(line -> line.substring(line.indexOf(':') + 1).strip())
        .filter(value -> !value.isEmpty())
        .findFirst();
  }
}
