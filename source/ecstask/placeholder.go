package ecstask

import "regexp"

// placeholder matches what people and pipelines put for a value that is filled in later: <IMAGE1_NAME> (CodeDeploy),
// ${IMAGE} and $IMAGE (envsubst), {{ image }} (Jinja, Mustache), %IMAGE% and @@IMAGE@@ (sed), {image} as a whole text.
// Shell in a command, such as `echo $HOME`, is text: a bare $NAME counts only when it is the whole value.
var placeholder = regexp.MustCompile(`<[A-Z][A-Z0-9_ -]*>|<[a-z]+(?:[-_][a-z0-9]+)+>|\$\{[^}]*\}|\{\{[^}]*\}\}|%[A-Z][A-Z0-9_]*%|@@?[A-Z][A-Z0-9_]*@@?|^\$[A-Za-z_][A-Za-z0-9_]*$|^\{[A-Za-z_][A-Za-z0-9_]*\}$`)

// maxPlaceholders bounds how many are named for one value.
const maxPlaceholders = 20

func placeholders(text string) []string {
	return placeholder.FindAllString(text, maxPlaceholders)
}
