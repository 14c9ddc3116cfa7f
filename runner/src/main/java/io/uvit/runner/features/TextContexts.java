package io.uvit.runner.features;

import java.util.List;

/**
 * What a text encoder gave for the captions of items: float32 [tokens, width] each. Threads: safe.
 */
public interface TextContexts {

  /** Tokens of a context; 77 for CLIP. */
  int tokens();

  /** Width of a token; 768 for CLIP ViT-L/14. */
  int width();

  /** Bytes of a context. */
  default int bytes() {
    return Float.BYTES * tokens() * width();
  }

  /** Number of captions of an item, at least 1. */
  int captions(int item);

  /**
   * Writes the context of a caption as little-endian float32 [tokens, width].
   *
   * @param caption 0 to {@code captions(item)} - 1
   * @param into receives {@link #bytes} bytes from its start
   * @throws FeatureException if it cannot be read or is damaged
   */
  void read(int item, int caption, byte[] into) throws FeatureException;

  /** The context of the empty text, [tokens, width]: the unconditional condition. A fresh copy. */
  float[] empty();

  /**
   * Contexts to make previews of: those that come with the features, else the first captions of the
   * first items.
   *
   * @param most at least 0
   * @return at most {@code most}, in a fixed order
   * @throws FeatureException if one cannot be read
   */
  List<Preview> previews(int most) throws FeatureException;

  /** A context to make a preview of. */
  final class Preview {
    private final String prompt;
    private final float[] context;

    Preview(String prompt, float[] context) {
      this.prompt = prompt;
      this.context = context;
    }

    /** The text, or the name of the caption where the text is not known. */
    public String prompt() {
      return prompt;
    }

    /** [tokens, width]; the array itself. */
    public float[] context() {
      return context;
    }
  }
}
