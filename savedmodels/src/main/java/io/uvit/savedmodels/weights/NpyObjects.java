package io.uvit.savedmodels.weights;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A numpy {@code .npy} file that holds Python objects in one dimension, as {@code numpy.save} makes
 * it of a tuple such as (array, label): a header with type {@code '|O'} and a pickle behind it. The
 * pickle is read by the allow-listed interpreter, which runs nothing; arrays of numbers, numbers
 * and strings are all it may hold.
 */
public final class NpyObjects {
  private static final String SUBJECT = "numpy objects";

  private NpyObjects() {}

  /**
   * Reads a file.
   *
   * @param most bytes of the file that are accepted
   * @return null, Boolean, Long, Double, String and {@link NpyValue} in their order
   * @throws WeightFileException if it cannot be read, is larger, damaged, or holds anything else
   */
  public static List<Object> read(Path path, int most) {
    try (MappedSource source = MappedSource.open(path)) {
      ByteBuffer bytes = source.whole(most, SUBJECT);
      List<Long> shape = NpyHeader.parseObjects(bytes, source, SUBJECT);
      NumpyGlobals globals = new NumpyGlobals(bytes.remaining());
      Object root = Unpickler.read(source, SUBJECT, bytes, globals);
      if (bytes.hasRemaining()) {
        throw source.wrong(SUBJECT, bytes.remaining() + " bytes after the pickle", "none");
      }
      if (!(root instanceof PickledArray array) || !array.isObjects()) {
        throw source.wrong(SUBJECT, PickleValues.kind(root), "an array of objects");
      }
      List<?> objects = array.objects(source, SUBJECT);
      if (!shape.equals(List.of((long) objects.size()))) {
        throw source.wrong(SUBJECT, objects.size() + " objects", "shape " + shape);
      }
      return values(objects, source);
    }
  }

  private static List<Object> values(List<?> objects, MappedSource source) {
    List<Object> values = new ArrayList<>();
    for (int i = 0; i < objects.size(); i++) {
      Object object = objects.get(i);
      String subject = "object " + i;
      if (object instanceof PickledArray array) {
        values.add(array.numbers(source, subject));
      } else if (object == null
          || object instanceof Boolean
          || object instanceof Long
          || object instanceof Double
          || object instanceof String) {
        values.add(object);
      } else {
        throw source.wrong(
            subject, PickleValues.kind(object), "an array of numbers, a number or a string");
      }
    }
    return values;
  }
}
