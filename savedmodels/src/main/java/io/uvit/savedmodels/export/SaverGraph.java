package io.uvit.savedmodels.export;

import io.uvit.ops.parameters.ParameterSpec;
import io.uvit.ops.parameters.Variables;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.Session;
import org.tensorflow.ndarray.NdArrays;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.train.Restore;
import org.tensorflow.proto.SaverDef;
import org.tensorflow.types.TString;
import org.tensorflow.types.family.TType;

/**
 * The ops that save resource variables to, and restore them from, a TensorFlow tensor bundle, with
 * the variable names as keys. The names of the ops, {@code save/filename}, {@code
 * save/control_dependency} and {@code save/restore_all}, are those by which TensorFlow's loaders
 * and {@code org.tensorflow.Graph.saverDef} find them.
 */
final class SaverGraph {
  private final Placeholder<TString> filename;
  private final Operand<TString> saved;
  private final Op restoreAll;

  /**
   * A variable in the bundle.
   *
   * @param key its name there
   * @param handle the resource
   * @param value a read of it
   */
  record Entry(String key, Operand<?> handle, Operand<?> value, Class<? extends TType> type) {}

  /** Adds the ops to the graph of {@code tf}, which must have no scope {@code save} yet. */
  SaverGraph(Ops tf, List<Entry> variables) {
    Ops save = tf.withSubScope("save");
    filename =
        save.withName("filename").placeholder(TString.class, Placeholder.shape(Shape.scalar()));
    Operand<TString> keys =
        save.withName("keys")
            .constant(
                NdArrays.vectorOfObjects(
                    variables.stream().map(Entry::key).toArray(String[]::new)));
    Operand<TString> whole =
        save.withName("slices")
            .constant(
                NdArrays.vectorOfObjects(
                    Collections.nCopies(variables.size(), "").toArray(String[]::new)));
    List<Operand<?>> values = new ArrayList<>();
    List<Class<? extends TType>> types = new ArrayList<>();
    for (Entry variable : variables) {
      values.add(variable.value());
      types.add(variable.type());
    }
    Op write = save.train.save(filename, keys, whole, values);
    saved =
        save.withControlDependencies(List.of(write))
            .withName("control_dependency")
            .identity(filename);

    Restore read = save.train.restore(filename, keys, whole, types);
    List<Op> assigns = new ArrayList<>();
    for (int i = 0; i < variables.size(); i++) {
      assigns.add(save.assignVariableOp(variables.get(i).handle(), read.tensors().get(i)));
    }
    restoreAll = save.withControlDependencies(assigns).withName("restore_all").noOp();
  }

  /** One entry for each variable of a set, under the variable's name. */
  static List<Entry> entries(Variables variables) {
    List<Entry> entries = new ArrayList<>();
    for (ParameterSpec spec : variables.specs()) {
      entries.add(
          new Entry(
              variables.variableName(spec),
              variables.handle(spec),
              variables.stored(spec),
              variables.type(spec)));
    }
    return entries;
  }

  /** Writes the bundle of a session's present values. */
  void save(Session session, Path prefix) {
    try (TString name = TString.scalarOf(prefix.toString())) {
      session.runner().feed(filename, name).addTarget(saved).run().close();
    }
  }

  /** The path prefix of the bundle, to be fed. */
  Placeholder<TString> filename() {
    return filename;
  }

  /** Running it writes the bundle. */
  Operand<TString> saved() {
    return saved;
  }

  /** Running it gives all variables the values in the bundle. */
  Op restored() {
    return restoreAll;
  }

  /** How TensorFlow finds these ops. */
  SaverDef definition() {
    return SaverDef.newBuilder()
        .setFilenameTensorName(filename.op().name() + ":0")
        .setSaveTensorName(saved.op().name() + ":0")
        .setRestoreOpName(restoreAll.op().name())
        .setVersion(SaverDef.CheckpointFormatVersion.V2)
        .build();
  }
}
