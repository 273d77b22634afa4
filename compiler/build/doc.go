// Package build evaluates a canonical program in the forms that are on: settings become typed nodes, layers
// become a shaped network. It is where arguments meet their types, and where shapes are checked.
package build
