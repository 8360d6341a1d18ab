// Command onus tells for every workload, layer by layer, whose job it is under AWS's Shared Responsibility Model.
//
// It is thin: each command gathers its options, calls the floors below in the order source, workload, allocation, report,
// and turns the outcome into an exit status. Results go to standard output, diagnostics to standard error.
package main

import "os"

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }
