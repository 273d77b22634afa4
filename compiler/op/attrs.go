package op

// Attributes of operations are plain comparable structs; an operation without any takes nil.

// MatMul is y = op(a) op(b) of two matrices, each transposed first where its flag says so.
type MatMul struct{ TransA, TransB bool }

// Window is the geometry of a convolution or pooling: kernel, stride, dilation and the zero (or ignored)
// border on each side.
type Window struct {
	KH, KW                   int // kernel height and width
	SH, SW                   int // stride
	DH, DW                   int // dilation; 1 is none
	Top, Bottom, Left, Right int // border
}

// Out is the output extent for an input of h x w; not positive where the window does not fit.
func (p Window) Out(h, w int) (int, int) {
	eh, ew := (p.KH-1)*p.DH+1, (p.KW-1)*p.DW+1
	if h+p.Top+p.Bottom < eh || w+p.Left+p.Right < ew {
		return 0, 0
	}
	return (h+p.Top+p.Bottom-eh)/p.SH + 1, (w+p.Left+p.Right-ew)/p.SW + 1
}

// Conv is a 2d convolution; X and W are the input's and the kernel's shapes where a gradient must rebuild them.
type Conv struct {
	Window
	Groups     int
	H, W       int // input extent, for conv2d_dx
	InChannels int // input channels, for conv2d_dx
}

// Pool is a pooling window. CountBorder makes an average divide by the whole kernel also at the border.
type Pool struct {
	Window
	CountBorder bool
	H, W        int // input extent, for the gradients
}

// Moments says over what a normalization takes mean and variance.
type Moments struct {
	Over   string // "batch": per channel over batch and space; "layer": per example over all else; "group": per example and group of channels
	Groups int    // of "group"
	Eps    float64
}

// Track is the moving average of batch moments: state*Decay + (1-Decay)*moments, the variance first
// scaled by Unbias = n/(n-1).
type Track struct {
	Decay, Unbias float64
}

// Unary is a parameter of an elementwise function: the slope of leaky_relu, the alpha of elu, the factor of scale.
type Unary struct{ Alpha float64 }

// Dropout zeroes elements with probability P and, when Rescale, multiplies the others by 1/(1-P). The mask is
// drawn from (seed, Path, step, example, element).
type Dropout struct {
	P       float64
	Rescale bool
	Path    string
}

// Gauss adds normal noise of standard deviation Std, drawn from (seed, Path, step, example, element).
type Gauss struct {
	Std  float64
	Path string
}

// Reshape is the new shape behind the batch axis: its product must fit. A comparable stand-in for a
// slice: up to three axes, 0 where unused.
type Reshape struct{ D1, D2, D3 int }

// Slice takes [From, To) of the last axis; Width is the whole extent, for the gradient.
type Slice struct{ From, To, Width int }

// Row takes row I of the first axis of a matrix.
type Row struct{ I int }

// Table is the geometry of an embedding or one-hot of several category columns: the vocabulary sizes are
// packed in Sizes as comma-separated text to keep the struct comparable; codes of column j index rows
// from the sum of the sizes before it. A code outside its vocabulary counts as the last slot.
type Table struct {
	Sizes string
	Rows  int // of the table, for embed_dw
}

// Space is the extent of the two spatial axes that a reduction removed, for its gradient.
type Space struct{ H, W int }

// Loss carries the parameters of a per-example loss.
type Loss struct {
	Smoothing float64 // of cross_entropy and bce: label smoothing
	Delta     float64 // of huber
}

// Fill is a constant broadcast: a scalar spread over Shape [N], each times Factor.
type Fill struct {
	N      int
	Factor float64
}
