package io.uvit.runner.data;

import io.uvit.runner.image.ByteImage;
import io.uvit.runner.image.ImageShape;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** Uncompressed images of one size, held in memory: idx and CIFAR-10 binary files. */
final class RawImages implements ImageSource {
  private final String name;
  private final ImageShape shape;
  private final List<byte[]> parts;
  private final int partSize;
  private final int size;
  private final byte[] labels;
  private final List<String> classNames;

  /**
   * Takes ownership of the arrays.
   *
   * @param parts images [n, H, W, C] one after the other, {@code partSize} images in each part but
   *     the last
   * @param labels one unsigned byte an image; empty if unlabelled
   */
  RawImages(
      String name,
      ImageShape shape,
      List<byte[]> parts,
      int partSize,
      byte[] labels,
      List<String> classNames) {
    this.name = name;
    this.shape = shape;
    this.parts = List.copyOf(parts);
    this.partSize = partSize;
    this.labels = labels;
    this.classNames = List.copyOf(classNames);
    this.size = (int) (parts.stream().mapToLong(part -> part.length).sum() / shape.samples());
  }

  ImageShape shape() {
    return shape;
  }

  @Override
  public Optional<RawImages> raw() {
    return Optional.of(this);
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public int size() {
    return size;
  }

  @Override
  public List<String> classNames() {
    return classNames;
  }

  @Override
  public int label(int index) {
    return labels[index] & 0xFF;
  }

  @Override
  public String describe(int index) {
    return name + ", image " + index;
  }

  @Override
  public String digestName(int index) {
    return Integer.toString(index);
  }

  @Override
  public long storedBytes(int index) {
    return shape.samples();
  }

  @Override
  public ByteImage decode(int index, int channels) {
    int start = index % partSize * shape.samples();
    byte[] image = Arrays.copyOfRange(parts.get(index / partSize), start, start + shape.samples());
    return new ByteImage(shape, image).withChannels(channels);
  }

  @Override
  public void close() {}
}
