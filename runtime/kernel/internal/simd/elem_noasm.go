//go:build !amd64 || noasm

package simd

// Without assembly the vector loops do nothing, and the Go loops do all.

func reluVec(y, x []float32) int                         { return 0 }
func reluGradVec(dx, dy, y []float32) int                { return 0 }
func tanhVec(y, x []float32) int                         { return 0 }
func tanhGradVec(dx, dy, y []float32) int                { return 0 }
func sigmoidVec(y, x []float32) int                      { return 0 }
func sigmoidGradVec(dx, dy, y []float32) int             { return 0 }
func expVec(y, x []float32, shift float32) int           { return 0 }
func scaleVec(y, x []float32, a float32) int             { return 0 }
func addVec(y, a, b []float32) int                       { return 0 }
func stepVec(w, dw []float32, d *Descent) int            { return 0 }
func stepMomentumVec(w, m, dw []float32, d *Descent) int { return 0 }
func stepNesterovVec(w, m, dw []float32, d *Descent) int { return 0 }

func mulVec(y, a, b []float32) int               { return 0 }
func divVec(y, a, b []float32) int               { return 0 }
func affineVec(y, x []float32, a, b float32) int { return 0 }
func addScaledVec(y, x []float32, a float32) int { return 0 }
func powM34Vec(y, x []float32) int               { return 0 }

func columnSumVec(sum, x []float32, rows, pitch int) int             { return 0 }
func columnSquaresVec(sum, x, mean []float32, rows, pitch int) int   { return 0 }
func columnDotsVec(sum, dot, dy, x, mean []float32, rows int) int    { return 0 }
func columnAffineVec(y, x, mean, a, b []float32, rows int) int       { return 0 }
func columnGradVec(dx, dy, x, mean, a, q, p []float32, rows int) int { return 0 }

func columnNormVec(y, x, mean, a, b, z []float32, c *Clamp, rows int) int      { return 0 }
func columnDotsGateVec(sum, dot, dy, x, mean, a, b []float32, rows int) int    { return 0 }
func columnGradGateVec(dx, dy, x, mean, c, q, p, a, b []float32, rows int) int { return 0 }

func maxRow(y, x []float32, w *Row) bool                               { return false }
func maxIndexRow(y []float32, index []int32, x []float32, w *Row) bool { return false }
func maxGradRow(dx, dy []float32, index []int32, w *Row) bool          { return false }
func meanRow(y, x []float32, count float32, w *Row) bool               { return false }
func meanGradRow(dx, dy []float32, count float32, w *Row) bool         { return false }
