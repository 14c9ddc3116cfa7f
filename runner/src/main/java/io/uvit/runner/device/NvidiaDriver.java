package io.uvit.runner.device;

import io.uvit.savedmodels.natives.NvidiaNodes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * NVIDIA's driver and its cards.
 *
 * @param nodes names of its files in {@code /dev}; none where no GPU can be reached
 * @param version such as {@code 560.35.03}; empty where it does not tell
 * @param cards all of them, also those hidden by {@code CUDA_VISIBLE_DEVICES}; empty where the
 *     driver does not tell
 */
public record NvidiaDriver(List<String> nodes, Optional<String> version, List<Card> cards) {
  private static final Pattern VERSION =
      Pattern.compile("NVRM version:.*?\\s([0-9]{3,}(?:\\.[0-9]+)+)\\s.*");
  private static final Pattern VERSION_FIELD = Pattern.compile("[0-9]{3,}(?:\\.[0-9]+)+");

  public NvidiaDriver {
    nodes = List.copyOf(nodes);
    cards = List.copyOf(cards);
  }

  /** The release, such as 560; empty where the version is not known. */
  public Optional<Integer> release() {
    return version.map(v -> Integer.parseInt(v.substring(0, v.indexOf('.'))));
  }

  /**
   * Reads {@code /dev} and {@code /proc/driver/nvidia}.
   *
   * @param root of the file system
   * @param query lines of {@code name, MiB, compute capability, driver version}, one a card; asked
   *     only if there is a device
   */
  static NvidiaDriver read(Path root, Supplier<List<String>> query) {
    List<String> nodes = NvidiaNodes.in(root);
    if (nodes.isEmpty()) {
      return new NvidiaDriver(nodes, Optional.empty(), List.of());
    }
    List<String[]> rows =
        query.get().stream()
            .map(line -> line.split("\\s*,\\s*", -1))
            .filter(row -> row.length == 4 && !row[0].isBlank())
            .toList();
    Optional<String> version =
        version(root)
            .or(
                () ->
                    rows.stream()
                        .map(row -> row[3].strip())
                        .filter(text -> VERSION_FIELD.matcher(text).matches())
                        .findFirst());
    List<Card> cards =
        rows.isEmpty() ? named(root) : rows.stream().map(NvidiaDriver::card).toList();
    return new NvidiaDriver(nodes, version, cards);
  }

  private static Card card(String[] row) {
    return new Card(
        row[0].strip(),
        row[1].matches("[0-9]{1,12}")
            ? OptionalLong.of(Long.parseLong(row[1]))
            : OptionalLong.empty(),
        ComputeCapability.parse(row[2]));
  }

  private static Optional<String> version(Path root) {
    return lines(root.resolve("proc/driver/nvidia/version")).stream()
        .map(line -> VERSION.matcher(line + " "))
        .filter(Matcher::matches)
        .map(match -> match.group(1))
        .findFirst();
  }

  /** The cards' names, which is all that the kernel's part of the driver tells of them. */
  private static List<Card> named(Path root) {
    try (Stream<Path> folders = Files.list(root.resolve("proc/driver/nvidia/gpus"))) {
      return folders
          .sorted()
          .flatMap(folder -> lines(folder.resolve("information")).stream())
          .filter(line -> line.startsWith("Model:"))
          .map(line -> line.substring("Model:".length()).strip())
          .map(name -> new Card(name, OptionalLong.empty(), Optional.empty()))
          .toList();
    } catch (IOException e) {
      return List.of(); // not told, as under WSL
    }
  }

  private static List<String> lines(Path file) {
    try {
      return Files.readAllLines(file);
    } catch (IOException e) {
      return List.of();
    }
  }
}
