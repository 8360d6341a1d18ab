package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/onus-dev/onus/expr"
	"github.com/onus-dev/onus/schema"
)

func (a *app) schemaCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "schema [NAME]",
		Short: "Print the JSON Schema of a file that onus reads or writes; without NAME, list the names",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 1 {
				return usagef("schema takes one NAME at most: one of %s", strings.Join(schema.Names(), ", "))
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				_, err := fmt.Fprintln(a.out, strings.Join(schema.Names(), "\n"))
				return err
			}
			text, ok := schema.Get(args[0])
			if !ok {
				return usagef("there is no schema %q. %s", args[0], expr.Suggest(args[0], schema.Names()))
			}
			_, err := fmt.Fprint(a.out, text)
			return err
		},
	}
}
