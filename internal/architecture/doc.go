// Package architecture checks how the packages of this module are put together. It holds no code of the program: its
// tests read the source of every other package.
//
// Data flows one way here (files, inventory, workloads, allocations, reports), and every package has a floor. A package
// imports lower floors only, so a reader of the code can start at the bottom and never meet a name that is explained
// further up. docs/decisions/0002-floors.md gives the reasons; the map itself is in map_test.go.
package architecture
