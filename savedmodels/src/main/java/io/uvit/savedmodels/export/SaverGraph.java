package io.uvit.savedmodels.export;

import io.uvit.ops.parameters.ParameterSpec;
import io.uvit.ops.parameters.Variables;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.NdArrays;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.train.Restore;
import org.tensorflow.proto.SaverDef;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TString;
import org.tensorflow.types.family.TType;

/**
 * The ops that save resource variables to, and restore them from, a TensorFlow tensor bundle, with
 * the parameter names as keys. The names of the ops, {@code save/filename}, {@code
 * save/control_dependency} and {@code save/restore_all}, are those by which TensorFlow's loaders
 * and {@code org.tensorflow.Graph.saverDef} find them.
 */
final class SaverGraph {
  private final Placeholder<TString> filename;
  private final Operand<TString> saved;
  private final Op restoreAll;

  /** Adds the ops to the graph of {@code tf}, which must have no scope {@code save} yet. */
  SaverGraph(Ops tf, Variables variables) {
    Ops save = tf.withSubScope("save");
    List<ParameterSpec> specs = variables.specs();
    filename =
        save.withName("filename").placeholder(TString.class, Placeholder.shape(Shape.scalar()));
    Operand<TString> keys =
        save.withName("keys")
            .constant(
                NdArrays.vectorOfObjects(
                    specs.stream().map(ParameterSpec::name).toArray(String[]::new)));
    Operand<TString> whole =
        save.withName("slices")
            .constant(
                NdArrays.vectorOfObjects(
                    Collections.nCopies(specs.size(), "").toArray(String[]::new)));
    List<Operand<?>> values = new ArrayList<>();
    specs.forEach(spec -> values.add(variables.get(spec)));
    Op write = save.train.save(filename, keys, whole, values);
    saved =
        save.withControlDependencies(List.of(write))
            .withName("control_dependency")
            .identity(filename);

    List<Class<? extends TType>> types = Collections.nCopies(specs.size(), TFloat32.class);
    Restore read = save.train.restore(filename, keys, whole, types);
    List<Op> assigns = new ArrayList<>();
    for (int i = 0; i < specs.size(); i++) {
      assigns.add(save.assignVariableOp(variables.handle(specs.get(i)), read.tensors().get(i)));
    }
    restoreAll = save.withControlDependencies(assigns).withName("restore_all").noOp();
  }

  /** The path prefix of the bundle, to be fed. */
  Placeholder<TString> filename() {
    return filename;
  }

  /** Running it writes the bundle. */
  Operand<TString> saved() {
    return saved;
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
