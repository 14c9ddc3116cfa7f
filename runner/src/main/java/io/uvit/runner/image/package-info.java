/**
 * 8-bit images: decoding with Pillow's conventions, Pillow-exact resampling, the conversion of
 * network output to bytes, grids and PNG files. May import the JDK only.
 */
package io.uvit.runner.image;
