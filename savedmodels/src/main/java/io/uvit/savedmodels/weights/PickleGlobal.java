package io.uvit.savedmodels.weights;

import java.util.List;
import java.util.function.Function;

/**
 * A function or class a pickle may name.
 *
 * @param name the qualified Python name
 * @param call builds the Java value of a call from its arguments; never runs Python
 */
record PickleGlobal(String name, Function<List<Object>, Object> call) {}
