package io.uvit.graph.sampler;

import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.BiConsumer;

/** An immutable linear combination of numbered images (atoms) of a {@link TableauBuilder}. */
final class LinearForm {
  private final SortedMap<Integer, Double> terms;

  private LinearForm(SortedMap<Integer, Double> terms) {
    this.terms = terms;
  }

  static LinearForm zero() {
    return new LinearForm(new TreeMap<>());
  }

  static LinearForm atom(int atom) {
    return new LinearForm(new TreeMap<>(Map.of(atom, 1.0)));
  }

  LinearForm plus(double factor, LinearForm other) {
    SortedMap<Integer, Double> sum = new TreeMap<>(terms);
    if (factor != 0) {
      other.terms.forEach((atom, value) -> sum.merge(atom, factor * value, Double::sum));
    }
    return new LinearForm(sum);
  }

  LinearForm plus(LinearForm other) {
    return plus(1, other);
  }

  LinearForm minus(LinearForm other) {
    return plus(-1, other);
  }

  LinearForm minus(double factor, LinearForm other) {
    return plus(-factor, other);
  }

  LinearForm times(double factor) {
    return zero().plus(factor, this);
  }

  void forEach(BiConsumer<Integer, Double> action) {
    terms.forEach(action);
  }

  /** The atom this form is, or -1 if it is a real combination. */
  int asAtom() {
    boolean single = terms.size() == 1 && terms.get(terms.firstKey()) == 1.0;
    return single ? terms.firstKey() : -1;
  }
}
