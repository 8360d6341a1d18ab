package terragrunt

import (
	"strings"

	"github.com/onus-dev/onus/source/terraform"
)

// unitCase is a tree with u/terragrunt.hcl, and text that what is read of it must and must not show.
type unitCase struct {
	files     files
	opts      Options
	want, not []string
	noUnit    bool
}

// sourceCases tell where a module is found.
func sourceCases() map[string]unitCase {
	return map[string]unitCase{
		"no module": {
			files:  files{"u/terragrunt.hcl": `inputs = { name = "a" }`},
			noUnit: true,
		},
		"source outside": {
			files: files{"u/terragrunt.hcl": `terraform { source = "/etc//ssl" }`},
			want:  []string{`unread u: terraform.source "/etc//ssl" at u/terragrunt.hcl:1:13`, "u/terragrunt.hcl:1:13: error: Module outside the repository root"},
		},
		"source climbs out": {
			files: files{"u/terragrunt.hcl": `terraform { source = "../../x" }`},
			want:  []string{"error: Module outside the repository root"},
		},
		"remote source": {
			files: files{"u/terragrunt.hcl": "terraform {\n  source = \"git::https://h.example/a.git//sub/q?ref=v1\"\n}"},
			want: []string{
				"u/terragrunt.hcl:2:3: warning: Module not read", "--module git::https://h.example/a.git=DIR",
				`unread u: terraform.source "git::https://h.example/a.git//sub/q?ref=v1"`,
			},
		},
		"remote source given": {
			files: files{"u/terragrunt.hcl": `terraform { source = "git::https://h.example/a.git//sub/q?ref=v1" }`, "have/sub/q/main.tf": queue},
			opts:  Options{terraform.Options{Modules: map[string]string{"git::https://h.example/a.git": "have"}}},
			want:  []string{"u: AWS::SQS::Queue aws_sqs_queue.q at have/sub/q/main.tf"},
			not:   []string{"Module not read"},
		},
		"registry source given": {
			files: files{"u/terragrunt.hcl": `terraform { source = "tfr:///acme/q/aws?version=1.0.0" }`, "have/main.tf": queue},
			opts:  Options{terraform.Options{Modules: map[string]string{"acme/q/aws": "have"}}},
			want:  []string{"u: AWS::SQS::Queue aws_sqs_queue.q"},
		},
		"remote source downloaded": {
			files: files{"u/terragrunt.hcl": `terraform { source = "tfr:///acme/q/aws//m" }`, "u/.terragrunt-cache/a/b/m/main.tf": queue},
			want:  []string{"u: AWS::SQS::Queue aws_sqs_queue.q"},
			not:   []string{"Module not read"},
		},
		"downloaded twice": {
			files: files{
				"u/terragrunt.hcl":                `terraform { source = "tfr:///acme/q/aws//m" }`,
				"u/.terragrunt-cache/a/b/m/q.tf":  queue,
				"u/.terragrunt-cache/a/c/m/q2.tf": queue,
			},
			want: []string{"Module not read"}, not: []string{"AWS::SQS::Queue"},
		},
		"source not known": {
			files: files{"u/terragrunt.hcl": `terraform { source = "../${dependency.pick.outputs.module}" }`},
			want:  []string{"its source is not known here (dependency.pick.outputs.module is known only when applied)"},
		},
	}
}

// brokenCases tell what is missing, broken or without end.
func brokenCases() map[string]unitCase {
	return map[string]unitCase{
		"include missing": {
			files: files{
				"u/terragrunt.hcl": "include \"root\" {\n  path = \"../none.hcl\"\n}\nterraform {\n  source = \"../q\"\n}",
				"q/main.tf":        queue,
			},
			want: []string{
				"u/terragrunt.hcl:2:3: error: Configuration not found", "DelaySeconds: 7", "assumes include.root (may set it, but was not read)",
				"QueueName: (unknown)\n    needs include.root", "warning: Inputs not wholly known",
			},
		},
		"only include missing": {
			files: files{"u/terragrunt.hcl": `include { path = find_in_parent_folders("root.hcl") }`},
			want:  []string{"u/terragrunt.hcl:1:18: warning: File not found"},
		},
		"broken": {
			files: files{"u/terragrunt.hcl": "terraform {\n  source = \"../q\"\n}\ninputs = {\n  name = \n}\n", "q/main.tf": queue},
			want:  []string{"u/terragrunt.hcl:5:10: error: Invalid expression", "AWS::SQS::Queue"},
		},
		"include cycle": {
			files: files{"u/terragrunt.hcl": `include { path = "terragrunt.hcl" }`},
			want:  []string{"error: Include cycle"},
		},
		"includes too deep": {
			files: files{
				"u/terragrunt.hcl": `include { path = "a.hcl" }`, "u/a.hcl": `include { path = "b.hcl" }`, "u/b.hcl": `include { path = "a.hcl" }`,
			},
			want: []string{"error: Includes nest too deeply"},
		},
		"configurations read each other": {
			files: files{
				"u/terragrunt.hcl": "terraform {\n  source = \"../q\"\n}\ninputs = { name = read_terragrunt_config(\"../a.hcl\").locals.x }",
				"a.hcl":            `locals { x = read_terragrunt_config("b.hcl").locals.x }`,
				"b.hcl":            `locals { x = read_terragrunt_config("a.hcl").locals.x }`,
				"q/main.tf":        queue,
			},
			want: []string{"b.hcl:1:10: error: Configuration cycle", "QueueName: (unknown)"},
		},
		"local cycle": {
			files: files{"u/terragrunt.hcl": "locals {\n  a = local.b\n  b = local.a\n}\nterraform {\n  source = \"../q\"\n}\ninputs = { name = local.a }", "q/main.tf": queue},
			want:  []string{"error: Reference cycle", "needs local.a (depends on itself)"},
		},
		"too large": {
			files: files{"u/terragrunt.hcl": strings.Repeat("# filler\n", 600_000)},
			want:  []string{"error: Configuration too large", "at most 5 MB"},
		},
		"too deep": {
			files: files{"u/terragrunt.hcl": "locals {\n a = " + strings.Repeat("[", 20_000)},
			want:  []string{"error: Nested too deeply"},
		},
	}
}

// inputCases tell which value of a variable holds.
func inputCases() map[string]unitCase {
	return map[string]unitCase{
		"unknown part of inputs": {
			files: files{
				"u/terragrunt.hcl": `terraform { source = "../q" }
inputs = merge({ name = "early" }, dependency.d.outputs, { delay = 3 })`,
				"q/main.tf": queue,
			},
			want: []string{"QueueName: early", "assumes dependency.d.outputs (may set it through the unit's inputs)", "DelaySeconds: 3\n    <- var.delay (terragrunt input) u/terragrunt.hcl:2:60\n"},
		},
		"one input fails": {
			files: files{"u/terragrunt.hcl": "terraform { source = \"../q\" }\ninputs = { name = local.none.x, delay = 3 }", "q/main.tf": queue},
			want:  []string{"DelaySeconds: 3", "QueueName: (unknown)"},
		},
		"environment text of a list": {
			files: files{
				"u/terragrunt.hcl": `terraform {
  extra_arguments "x" {
    commands = ["apply"]
    env_vars = { TF_VAR_names = "[\"first\", \"second\"]", OTHER = "x" }
  }
}`,
				"u/main.tf": `
variable "names" { type = list(string) }
resource "aws_sqs_queue" "q" {
  for_each = toset(var.names)
  name     = each.key
}`,
			},
			want: []string{"QueueName: first", "QueueName: second"},
		},
		"value files go before inputs": {
			files: files{
				"u/terragrunt.hcl":    "terraform { source = \"../q\" }\ninputs = { name = \"input\", delay = 1 }",
				"q/main.tf":           queue,
				"q/terraform.tfvars":  `name = "module"`,
				"u/over.auto.tfvars":  `delay = 9`,
				"u/unused.txt.tfvars": `delay = 10`,
			},
			want: []string{"QueueName: module", "DelaySeconds: 9\n    <- var.delay (variable file) u/over.auto.tfvars:1:1"},
		},
		"unit's value file replaces the module's": {
			files: files{
				"u/terragrunt.hcl": `terraform { source = "../q" }`, "q/main.tf": queue,
				"q/terraform.tfvars": `name = "module"`, "u/terraform.tfvars": `name = "unit"`,
			},
			want: []string{"QueueName: unit"},
		},
		"command line goes before inputs": {
			files: files{"u/terragrunt.hcl": "terraform { source = \"../q\" }\ninputs = { name = \"input\" }", "q/main.tf": queue},
			opts:  Options{terraform.Options{Vars: []string{"name=line"}}},
			want:  []string{"QueueName: line"},
		},
		"value file outside": {
			files: files{
				"u/terragrunt.hcl": `terraform {
  source = "../q"
  extra_arguments "x" {
    commands           = ["plan"]
    arguments          = ["-var=name=argument", "-var-file=../../../../../etc/hostname"]
    required_var_files = ["/etc/hostname"]
  }
}`, "q/main.tf": queue,
			},
			want: []string{"QueueName: argument", "the value file /etc/hostname, which does not exist inside", "the value file ../../../../../etc/hostname, which"},
		},
		"value file not known": {
			files: files{
				"u/terragrunt.hcl": `terraform {
  source = "../q"
  extra_arguments "x" {
    commands           = ["plan"]
    required_var_files = ["${get_aws_account_id()}.tfvars"]
  }
}`, "q/main.tf": queue,
			},
			want: []string{"assumes get_aws_account_id() (may name a file that sets it)"},
		},
	}
}

// fileCases tell what lies in Terraform's directory beside the module.
func fileCases() map[string]unitCase {
	return map[string]unitCase{
		"configuration beside the unit": {
			files: files{
				"u/terragrunt.hcl": "terraform { source = \"../q\" }\ninputs = { name = \"a\" }", "q/main.tf": queue,
				"u/extra.tf": "\nresource \"aws_sqs_queue\" \"extra\" {\n  name = \"${var.name}-extra\"\n}",
			},
			want: []string{"aws_sqs_queue.extra at u/extra.tf:2:1", "QueueName: a-extra"},
		},
		"generated and known": {
			files: files{
				"u/terragrunt.hcl": "terraform { source = \"../q\" }\ngenerate \"g\" {\n  path = \"g.tf\"\n  contents = <<EOT\n# one\nresource \"aws_sqs_queue\" \"g\" {}\nEOT\n}", "q/main.tf": queue,
			},
			want: []string{"aws_sqs_queue.g at u/terragrunt.hcl:6:1"},
		},
		"generated over a file": {
			files: files{
				"u/terragrunt.hcl": "terraform { source = \"../q\" }\ngenerate \"g\" {\n  path = \"main.tf\"\n  if_exists = \"overwrite\"\n  contents = \"# nothing\"\n}", "q/main.tf": queue,
			},
			not: []string{"AWS::SQS::Queue"},
		},
		"generated only when absent": {
			files: files{
				"u/terragrunt.hcl": "terraform { source = \"../q\" }\ngenerate \"g\" {\n  path = \"main.tf\"\n  if_exists = \"skip\"\n  contents = \"# nothing\"\n}", "q/main.tf": queue,
			},
			want: []string{"AWS::SQS::Queue"},
		},
		"generated by the unit and not by its include": {
			files: files{
				"u/terragrunt.hcl": "include { path = \"../r.hcl\" }\ngenerate \"g\" {\n  path = \"g.tf\"\n  contents = \"resource \\\"aws_sqs_queue\\\" \\\"own\\\" {}\"\n}",
				"r.hcl":            "generate \"g\" {\n  path = \"h.tf\"\n  contents = \"resource \\\"aws_sqs_queue\\\" \\\"included\\\" {}\"\n}", "u/main.tf": queue,
			},
			want: []string{"aws_sqs_queue.own"},
			not:  []string{"aws_sqs_queue.included"},
		},
		"generation disabled": {
			files: files{
				"u/terragrunt.hcl": "terraform { source = \"../q\" }\ngenerate \"g\" {\n  path = \"g.tf\"\n  disable = true\n  contents = \"resource \\\"aws_sqs_queue\\\" \\\"g\\\" {}\"\n}", "q/main.tf": queue,
			},
			not: []string{"aws_sqs_queue.g"},
		},
		"generated and not known": {
			files: files{
				"u/terragrunt.hcl": `terraform { source = "../q" }
generate "p" {
  path     = "provider.tf"
  contents = "provider \"aws\" { region = \"${run_cmd("region")}\" }"
}
generate "g" {
  path     = "g.tf"
  contents = <<EOT
resource "aws_sqs_queue" "g" {
  name = "${run_cmd("name")}"
}
EOT
}`, "q/main.tf": queue,
			},
			want: []string{`u/terragrunt.hcl:8:3: warning: Generated file not read`, `generate "g" writes g.tf, whose text is not known here (run_cmd() is known only to a run)`},
			not:  []string{`generate "p"`},
		},
	}
}

// functionCases tell Terragrunt's functions and includes.
func functionCases() map[string]unitCase {
	return map[string]unitCase{
		"no merge": {
			files: files{
				"u/terragrunt.hcl": "include \"r\" {\n  path = \"../r.hcl\"\n  merge_strategy = \"no_merge\"\n}\nterraform { source = \"../q\" }\ninputs = { name = include.r.locals.n }",
				"r.hcl":            "locals { n = \"exposed\" }\ninputs = { delay = 1 }\nterraform { source = \"./none\" }", "q/main.tf": queue,
			},
			want: []string{"QueueName: exposed", "DelaySeconds: 7"},
		},
		"paths of an included file": {
			files: files{
				"a/u/terragrunt.hcl": `include { path = find_in_parent_folders("root.hcl") }`,
				"root.hcl": `terraform { source = "${path_relative_from_include()}/mods//${basename(path_relative_to_include())}" }
inputs = { name = "${path_relative_to_include()}:${basename(get_parent_terragrunt_dir())}:${file("r.txt")}" }`,
				"r.txt": "read", "mods/u/main.tf": queue,
			},
			want: []string{"QueueName: a/u:", ":read"},
		},
		"no merge of a source": {
			files: files{
				"u/terragrunt.hcl": "include \"r\" {\n  path = \"../r.hcl\"\n  merge_strategy = \"no_merge\"\n}\ninputs = { name = \"own\" }",
				"r.hcl":            `terraform { source = "./none" }`, "u/main.tf": queue,
			},
			want: []string{"QueueName: own"},
			not:  []string{"Module not read"},
		},
		"bare include": {
			files: files{
				"u/terragrunt.hcl": "include {\n  path = \"../r.hcl\"\n}\nterraform { source = \"../q\" }\ninputs = { name = include.locals.n }",
				"r.hcl":            `locals { n = "bare" }`, "q/main.tf": queue,
			},
			want: []string{"QueueName: bare"},
		},
		"fallbacks": {
			files: files{
				"u/terragrunt.hcl": `terraform { source = "../q" }
inputs = { name = find_in_parent_folders("none.hcl", "fallback"), delay = read_terragrunt_config("none.hcl", { x = 4 }).x }`, "q/main.tf": queue,
			},
			want: []string{"QueueName: fallback", "DelaySeconds: 4"},
			not:  []string{"not found"},
		},
		"value file function": {
			files: files{
				"u/terragrunt.hcl": `terraform { source = "../q" }
inputs = { name = jsondecode(read_tfvars_file("v.tfvars")).n, delay = deep_merge({ a = { b = 1 } }, { a = { c = 2 } }).a.b }`,
				"u/v.tfvars": `n = "from-file"`, "q/main.tf": queue,
			},
			want: []string{"QueueName: from-file", "DelaySeconds: 1"},
		},
		"secret": {
			files: files{"u/terragrunt.hcl": `terraform { source = "../q" }
inputs = { name = sops_decrypt_file("s.yaml") }`, "q/main.tf": queue},
			want: []string{"QueueName: (sensitive)"},
		},
	}
}
