package io.uvit.savedmodels.natives;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** The files by which NVIDIA's driver offers its devices to programs. */
public final class NvidiaNodes {
  private NvidiaNodes() {}

  /**
   * The names of those that are there, in alphabetical order: {@code nvidiactl}, {@code nvidia0}
   * and so on, and under WSL {@code dxg}.
   *
   * @param root of the file system: {@code /}
   */
  public static List<String> in(Path root) {
    try (Stream<Path> devices = Files.list(root.resolve("dev"))) {
      return devices
          .map(file -> file.getFileName().toString())
          .filter(name -> name.matches("nvidiactl|nvidia[0-9]+|dxg"))
          .sorted()
          .toList();
    } catch (IOException e) {
      return List.of(); // no /dev, or none to be read: nothing that a program could open
    }
  }

  /** Whether there is any. */
  public static boolean anyIn(Path root) {
    return !in(root).isEmpty();
  }
}
