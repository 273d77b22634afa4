package op_test

import (
	"testing"

	"github.com/netc-lang/netc/compiler/op"
)

// What a wrong shape is told. Messages name the input and say what would fit.
func TestShapeErrors(t *testing.T) {
	window := func(k, stride, border int) op.Window {
		return op.Window{KH: k, KW: k, SH: stride, SW: stride, DH: 1, DW: 1, Top: border, Bottom: border, Left: border, Right: border}
	}
	type shapes = []op.Shape
	image := op.Shape{2, 4, 4, 6}
	tests := []struct {
		op    string
		attrs any
		in    shapes
		want  string
	}{
		{"matmul", op.MatMul{TransB: true}, shapes{{2, 3}, {5, 4}}, "matmul: a has 3 columns and b (transposed) has 4 rows; they must agree"},
		{"matmul", op.MatMul{}, shapes{{2, 3, 4, 5}, {5, 4}}, "matmul: a has shape [2 3 4 5]; it needs 2 axes: [rows columns]"},
		{"bias", nil, shapes{{2, 3}, {4}}, "bias: b has 4 channels and x has 3"},
		{"conv2d", op.Conv{Window: window(5, 1, 0), Groups: 1}, shapes{image, {5, 5, 6, 8}}, "conv2d: the 5x5 kernel does not fit the input of 4x4 (4x4 with its border)"},
		{"conv2d", op.Conv{Window: window(3, 1, 1), Groups: 4}, shapes{image, {3, 3, 1, 8}}, "conv2d: 4 groups do not divide the 6 input channels"},
		{"conv2d", op.Conv{Window: window(3, 1, 1), Groups: 3}, shapes{image, {3, 3, 2, 8}}, "conv2d: 3 groups do not divide the 8 output channels"},
		{"conv2d", op.Conv{Window: window(3, 1, 1), Groups: 2}, shapes{image, {3, 3, 6, 8}}, "conv2d: w has shape [3 3 6 8]; it must be [3 3 3 8]"},
		{"conv2d", op.Conv{Window: window(3, 0, 1), Groups: 1}, shapes{image, {3, 3, 6, 8}}, "conv2d: the stride is 0x0; both must be at least 1"},
		{"conv2d", op.Conv{Window: window(3, 1, -1), Groups: 1}, shapes{image, {3, 3, 6, 8}}, "conv2d: the border must not be negative"},
		{"conv2d", op.Conv{Window: window(3, 1, 1)}, shapes{image, {3, 3, 6, 8}}, "conv2d: groups must be at least 1"},
		{"conv2d", op.Conv{Window: op.Window{KH: 3, KW: 3, SH: 1, SW: 1, DH: 2, DW: 2}, Groups: 1}, shapes{image, {3, 3, 6, 8}},
			"conv2d: the 3x3 kernel (which reaches over 5x5 with its dilation) does not fit the input of 4x4 (4x4 with its border)"},
		{"conv2d", op.Conv{Window: window(3, 1, 1), Groups: 1}, shapes{{2, 48}, {3, 3, 6, 8}}, "conv2d: x has shape [2 48]; it needs 4 axes: [batch height width channels]"},
		{"pool_max", op.Pool{Window: window(2, 1, 2)}, shapes{image}, "pool_max: with this border some 2x2 window lies outside the input of 4x4; make the border smaller"},
		{"pool_avg", op.Pool{Window: window(0, 1, 0)}, shapes{image}, "pool_avg: the kernel is 0x0; both sides must be at least 1"},
		{"mean_space", op.Space{H: 4, W: 5}, shapes{image}, "mean_space: x has shape [2 4 4 6]; it must be [2 4 5 6]"},
		{"spread_space", op.Space{}, shapes{{2, 3}}, "spread_space: cannot spread over 0x0 places; both sides must be at least 1"},
		{"dropout", op.Dropout{P: 1}, shapes{{2, 3}}, "dropout: the probability of dropping is 1; it must be in [0, 1)"},
		{"gauss", op.Gauss{Std: -1}, shapes{{2, 3}}, "gauss: the standard deviation is -1; it must not be negative"},
		{"moments", op.Moments{Over: "group", Groups: 4}, shapes{image}, "moments: 4 groups do not divide the 6 channels"},
		{"moments", op.Moments{Over: "space"}, shapes{image}, `moments: moments over "space" are not known; use batch, layer or group`},
		{"moments", op.Moments{Over: "batch"}, shapes{{3}}, "moments: x has shape [3]; it needs 2 axes [batch features] or 4 [batch height width channels]"},
		{"normalize", op.Moments{Over: "layer"}, shapes{image, {2, 6}, {6}, {6}}, "normalize: m has shape [2 6]; it must be [2 2]"},
		{"row", op.Row{I: 2}, shapes{{2, 3}}, "row: there is no row 2 in [2 3]"},
		{"track", op.Track{Decay: 2}, shapes{{2, 3}, {2, 3}}, "track: the decay is 2; it must be in [0, 1]"},
		{"track", op.Track{}, shapes{{3, 3}, {3, 3}}, "track: state has shape [3 3]; it needs two rows, means and variances"},
		{"add", nil, shapes{{2, 3}, {3, 2}}, "add: a has shape [2 3] and b has [3 2]; they must be the same"},
		{"mul_channels", nil, shapes{image, {2, 4}}, "mul_channels: s has shape [2 4]; it must be [2 6]"},
		{"reshape", op.Reshape{D1: 5}, shapes{{2, 3, 2, 1}}, "reshape: x has shape [2 3 2 1], which does not fit into [2 5]: 6 elements against 5 an example"},
		{"reshape", op.Reshape{D2: 5}, shapes{{2, 5}}, "reshape: cannot reshape to [0 5 0]: axes are positive, with the unused ones at the end"},
		{"concat", nil, shapes{{2, 3}, {3, 3}}, "concat: input 1 has shape [2 3] and input 2 has [3 3]; they may differ in the last axis only"},
		{"slice", op.Slice{From: 2, To: 2, Width: 3}, shapes{{2, 3}}, "slice: the slice 2 to 2 is empty"},
		{"slice", op.Slice{From: 2, To: 4, Width: 3}, shapes{{2, 3}}, "slice: the slice 2 to 4 does not fit into 3"},
		{"slice", op.Slice{From: 2, To: 4, Width: 5}, shapes{{2, 3}}, "slice: x has shape [2 3] and the slice is of 5"},
		{"embed", op.NewTable(3, 4), shapes{{5, 2}, {8, 2}}, "embed: table has 8 rows; the vocabularies 3,4 need 7"},
		{"embed", op.NewTable(3), shapes{{5, 2}, {3, 2}}, "embed: codes has 2 columns and the table 1 vocabulary"},
		{"onehot", op.Table{}, shapes{{5, 2}}, "onehot: there is no category column"},
		{"onehot", op.Table{Sizes: "3,0"}, shapes{{5, 2}}, `onehot: the vocabulary size "0" is not a positive number`},
		{"cross_entropy", op.Loss{Smoothing: 1}, shapes{{2, 3}, {2, 3}}, "cross_entropy: label smoothing is 1; it must be in [0, 1)"},
		{"cross_entropy", op.Loss{}, shapes{{2, 3}, {2, 1}}, "cross_entropy: logits has shape [2 3] and target has [2 1]; they must be the same"},
		{"huber", op.Loss{}, shapes{{2, 3}, {2, 3}}, "huber: delta is 0; it must be positive"},
		{"mse", op.Loss{}, shapes{{}, {}}, "mse: p is a single number; it needs at least one axis"},
		{"mean", nil, shapes{{2, 3}}, "mean: x has shape [2 3]; it needs 1 axis: [batch]"},
		{"fill", op.Fill{N: 3}, shapes{{3}}, "fill: s has shape [3]; it must be a single number"},
		{"relu", op.Unary{}, shapes{{2, 0}}, "relu: x has shape [2 0]; every axis needs at least one element"},
		{"relu", nil, shapes{{2}}, "relu: takes attributes of type op.Unary, got <nil>"},
		{"add", op.Unary{}, shapes{{2}, {2}}, "add: takes no attributes, got op.Unary"},
		{"concat", nil, shapes{{2, 3}, {2, 0}}, "concat: input 2 has shape [2 0]; every axis needs at least one element"},
	}
	for _, test := range tests {
		_, err := op.Get(test.op).Shape(test.attrs, test.in)
		if err == nil || err.Error() != test.want {
			t.Errorf("got  %v\nwant %s", err, test.want)
		}
	}
}

// The cost of known layers: a multiply-add counts two.
func TestCost(t *testing.T) {
	cost := func(name string, attrs any, in ...op.Shape) int64 {
		spec := op.Get(name)
		out, err := spec.Shape(attrs, in)
		if err != nil {
			t.Fatal(err)
		}
		return spec.Cost(attrs, in, out)
	}
	conv := op.Conv{Window: op.Window{KH: 3, KW: 3, SH: 1, SW: 1, DH: 1, DW: 1, Top: 1, Bottom: 1, Left: 1, Right: 1}, Groups: 1, H: 32, W: 32, InChannels: 16}
	x, w := op.Shape{1, 32, 32, 16}, op.Shape{3, 3, 16, 16}
	const products = 2 * 32 * 32 * 16 * 9 * 16
	for name, got := range map[string]int64{
		"conv2d":    cost("conv2d", conv, x, w),
		"conv2d_dx": cost("conv2d_dx", conv, x, w),
		"conv2d_dw": cost("conv2d_dw", conv, x, x),
	} {
		if got != products {
			t.Errorf("%s costs %d, want %d", name, got, int64(products))
		}
	}
	if got := cost("matmul", op.MatMul{TransA: true}, op.Shape{784, 64}, op.Shape{784, 128}); got != 2*64*128*784 {
		t.Errorf("matmul costs %d", got)
	}
	if got := cost("reshape", op.Reshape{D1: 4}, op.Shape{2, 2, 2, 1}); got != 0 {
		t.Errorf("a view costs %d", got)
	}
	if got := cost("add", nil, op.Shape{2, 3}, op.Shape{2, 3}); got != 6 {
		t.Errorf("add costs %d", got)
	}
}
