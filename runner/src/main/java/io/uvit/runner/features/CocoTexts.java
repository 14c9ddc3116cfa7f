package io.uvit.runner.features;

import io.uvit.savedmodels.weights.NpyObjects;
import io.uvit.savedmodels.weights.NpyValue;
import io.uvit.savedmodels.weights.WeightFileException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Contexts of the official MS-COCO layout: plain float32 [tokens, width], {@code empty_context.npy}
 * in the folder of the items or around it, and {@code run_vis/{j}.npy} with pickled pairs (prompt,
 * context).
 */
final class CocoTexts implements TextContexts {
  private final NumberedFiles files;
  private final Path emptyFile;
  private final float[] empty;
  private final int tokens;
  private final int width;

  private CocoTexts(NumberedFiles files, Path emptyFile, OfficialArrays.Floats empty) {
    this.files = files;
    this.emptyFile = emptyFile;
    this.empty = empty.values().get();
    this.tokens = empty.shape().get(0).intValue();
    this.width = empty.shape().get(1).intValue();
  }

  static CocoTexts open(NumberedFiles files) throws FeatureException {
    Path file = beside(files.folder(), "empty_context.npy");
    OfficialArrays.Floats empty = OfficialArrays.read(file);
    if (empty.shape().size() != 2 || empty.values().get().length == 0) {
      throw FeatureException.wrong(file, "shape " + empty.shape(), "a context [tokens, width]");
    }
    return new CocoTexts(files, file, empty);
  }

  /** A file or folder of that name in the folder, or else in the one around it. */
  private static Path beside(Path folder, String name) {
    Path inside = folder.resolve(name);
    Path around = folder.toAbsolutePath().resolveSibling(name);
    return !Files.exists(inside) && Files.exists(around) ? around : inside;
  }

  @Override
  public int tokens() {
    return tokens;
  }

  @Override
  public int width() {
    return width;
  }

  @Override
  public int captions(int item) {
    return files.captions(item);
  }

  @Override
  public void read(int item, int caption, byte[] into) throws FeatureException {
    float[] values = context(files.caption(item, caption));
    ByteBuffer.wrap(into).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().put(values);
  }

  private float[] context(Path file) throws FeatureException {
    OfficialArrays.Floats array = OfficialArrays.read(file);
    requireShape(file, array.shape());
    return array.values().get();
  }

  private void requireShape(Path file, List<Long> found) throws FeatureException {
    List<Long> wanted = List.of((long) tokens, (long) width);
    if (!found.equals(wanted)) {
      throw FeatureException.wrong(
          file, "a context of shape " + found, wanted + " as " + emptyFile.getFileName() + " has");
    }
  }

  @Override
  public float[] empty() {
    return empty.clone();
  }

  String digestOfEmpty() throws FeatureException {
    try {
      return Sha256.ofFile(emptyFile);
    } catch (IOException e) {
      throw new FeatureException(emptyFile + ": cannot be read: " + e, e);
    }
  }

  @Override
  public List<Preview> previews(int most) throws FeatureException {
    List<Preview> previews = new ArrayList<>();
    Path folder = beside(files.folder(), "run_vis");
    if (NumberedFiles.areIn(folder)) {
      NumberedFiles prompts = NumberedFiles.list(folder);
      for (int i = 0; i < Math.min(most, prompts.size()); i++) {
        previews.add(prompt(prompts.item(i)));
      }
      return previews;
    }
    for (int i = 0; i < Math.min(most, files.size()); i++) {
      Path caption = files.caption(i, 0);
      previews.add(new Preview(caption.getFileName().toString(), context(caption)));
    }
    return previews;
  }

  private Preview prompt(Path file) throws FeatureException {
    try {
      List<Object> pair = NpyObjects.read(file, OfficialArrays.MAX_BYTES);
      if (pair.size() != 2
          || !(pair.get(0) instanceof String text)
          || !(pair.get(1) instanceof NpyValue context)) {
        throw FeatureException.wrong(file, "other objects", "a prompt and its context");
      }
      OfficialArrays.requireFloat32(file, context.type());
      requireShape(file, context.shape());
      return new Preview(text, context.floats());
    } catch (WeightFileException e) {
      throw new FeatureException(e.getMessage(), e);
    }
  }
}
