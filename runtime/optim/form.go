package optim

// Form describes a rule's arithmetic, for code that carries it out elsewhere, on a device say. Two rules of equal Shape differ in numbers
// alone.
type Form struct {
	Shape   Shape
	Numbers [3]float64 // as Kind says
}

// Shape is what a rule computes, without its numbers.
type Shape struct {
	Kind                         Kind
	Momentum, Nesterov, Centered bool
}

// Kind is a family of rules.
type Kind int

// The families, with their numbers.
const (
	SGD     Kind = iota // momentum, dampening
	Adam                // beta1, beta2, eps
	RMSProp             // alpha, eps, momentum
	AdaGrad             // lr_decay, eps
)

func (r sgd) Form() Form {
	return Form{Shape{Kind: SGD, Momentum: r.momentum != 0, Nesterov: r.momentum != 0 && r.nesterov}, [3]float64{r.momentum, r.dampening}}
}

func (r adam) Form() Form { return Form{Shape{Kind: Adam}, [3]float64{r.beta1, r.beta2, r.eps}} }

func (r rmsprop) Form() Form {
	return Form{Shape{Kind: RMSProp, Momentum: r.momentum != 0, Centered: r.centered}, [3]float64{r.alpha, r.eps, r.momentum}}
}

func (r adagrad) Form() Form { return Form{Shape{Kind: AdaGrad}, [3]float64{r.lrDecay, r.eps}} }
