package io.uvit.config;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

/**
 * The configs that travel with the program, as resources {@code
 * io/uvit/config/experiments/*.textproto}.
 */
public final class BundledConfigs {
  private static final List<String> NAMES =
      List.of(
          "celeba64_uvit_small",
          "cifar10_tiny",
          "cifar10_uvit_small",
          "imagenet256_uvit_huge",
          "imagenet256_uvit_large",
          "imagenet512_uvit_huge",
          "imagenet512_uvit_large",
          "imagenet64_uvit_large",
          "imagenet64_uvit_mid",
          "mscoco_uvit_small",
          "mscoco_uvit_small_deep",
          "photos256_tiny",
          "quickstart");

  private BundledConfigs() {}

  /** Names of all bundled configs in alphabetical order, without the extension. */
  public static List<String> names() {
    return NAMES;
  }

  /** The text of a bundled config, comments included; empty if there is none of that name. */
  public static Optional<String> text(String name) {
    if (!NAMES.contains(name)) {
      return Optional.empty();
    }
    String resource = "experiments/" + name + ".textproto";
    try (InputStream stream = BundledConfigs.class.getResourceAsStream(resource)) {
      if (stream == null) {
        throw new IllegalStateException(
            "resource io/uvit/config/" + resource + ": missing from the class path");
      }
      return Optional.of(new String(stream.readAllBytes(), StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException("resource io/uvit/config/" + resource, e);
    }
  }
}
