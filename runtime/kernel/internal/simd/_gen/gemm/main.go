// Command gemm writes the assembly of the GEMM and convolution tiles.
package main

import . "github.com/mmcloughlin/avo/build"

func main() { Generate() }
