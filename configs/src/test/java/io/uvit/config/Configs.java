package io.uvit.config;

import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.api.function.Executable;

/** Small valid configs, and what goes wrong with them. */
final class Configs {
  /** The least that can be said: every field without a default, and nothing else. */
  static final String MINIMAL =
      """
      name: "minimal"
      model {
        image_height: 8 image_width: 8 channels: 3 patch_size: 2 embed_dim: 16 depth: 2 num_heads: 2
      }
      diffusion { vp_linear {} }
      data { image_files { path: "images" } }
      train { steps: 10 batch_size: 4 }
      """;

  private Configs() {}

  /** The problems, as text, of an action that must fail with a {@link ConfigException}. */
  static List<String> problems(Executable action) {
    return assertThrows(ConfigException.class, action).problems().stream()
        .map(ConfigProblem::toString)
        .toList();
  }

  /** The problems of {@link #MINIMAL} with overrides. */
  static List<String> problems(String... overrides) {
    return problems(() -> ConfigLoader.parse(MINIMAL, "minimal", List.of(overrides)));
  }
}
