package augment

import "github.com/netc-lang/netc/lang/diag"

// The diagnostics of this package.
var (
	UnknownAugmentation = diag.Define("N0540", "UnknownAugmentation",
		"No augmentation has this name. netc explain augment lists them.", "")
	ImagesOnly = diag.Define("N0541", "ImagesOnly",
		"This augmentation moves or cuts pixels, and the examples are rows of a table. For tables there are jitter and mixup.", "")
	CannotMixCategories = diag.Define("N0542", "CannotMixCategories",
		"mixup and cutmix blend examples, and category columns cannot be blended: half of one occupation and half of another is no occupation.", "")
	DoesNothing = diag.Define("N0543", "DoesNothing",
		"With these arguments the augmentation would leave every example as it is. Give it something to do, or switch it off.", "")
	BadRange = diag.Define("N0544", "BadRange",
		"The two ends of a range are the wrong way round or outside of what the argument allows.", "")
)
