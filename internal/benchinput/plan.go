package benchinput

import (
	"bufio"
	"fmt"
	"io"
)

// Plan writes the JSON of a Terraform plan of n resources (a multiple of 100), about 9 KB for each, as `terraform show
// -json` lays it out: planned values, changes, prior state, configuration. Half of the resources exist already. A quarter
// are ECS services, in one module for every hundred.
func Plan(out io.Writer, n int) error {
	w := &planWriter{Writer: bufio.NewWriterSize(out, 1<<20), modules: n / 100}
	w.text(`{"format_version":"1.2","terraform_version":"1.11.4","variables":{"stage":{"value":"test"}},"planned_values":{"root_module":{"child_modules":[`)
	w.states(func(int) bool { return true })
	w.text(`]}},"resource_changes":[`)
	for m := range w.modules {
		for i := range 100 {
			w.separate(m + i)
			w.change(m, i)
		}
	}
	w.text(`],"prior_state":{"format_version":"1.0","terraform_version":"1.11.4","values":{"root_module":{"child_modules":[`)
	w.states(exists)
	w.text(`]}}},"configuration":{"provider_config":{"aws":{"name":"aws","full_name":"registry.terraform.io/hashicorp/aws"}},"root_module":{"module_calls":{`)
	for m := range w.modules {
		w.separate(m)
		w.configuration(m)
	}
	w.text(`}}},"timestamp":"2026-01-01T00:00:00Z","applyable":true,"complete":true,"errored":false}`)
	return w.Flush()
}

type planWriter struct {
	*bufio.Writer
	modules int
}

func (w *planWriter) text(s string) { _, _ = w.WriteString(s) } // the first error stays and Flush returns it

func (w *planWriter) separate(i int) {
	if i > 0 {
		w.text(",")
	}
}

func exists(i int) bool { return i%2 == 0 }

// planTypes are the types of the hundred resources of a module: a cluster, then services, task definitions and functions.
func planType(i int) (typ, name string) {
	switch {
	case i == 0:
		return "aws_ecs_cluster", "main"
	case i%4 == 1:
		return "aws_ecs_service", fmt.Sprintf("s%d", i)
	case i%4 == 2:
		return "aws_ecs_task_definition", fmt.Sprintf("t%d", i)
	}
	return "aws_lambda_function", fmt.Sprintf("f%d", i)
}

func (w *planWriter) states(which func(i int) bool) {
	for m := range w.modules {
		w.separate(m)
		w.text(`{"resources":[`)
		first := true
		for i := range 100 {
			if !which(i) {
				continue
			}
			if !first {
				w.text(",")
			}
			first = false
			typ, name := planType(i)
			fmt.Fprintf(w, `{"address":"module.team%d.%s.%s","mode":"managed","type":%q,"name":%q,"provider_name":"registry.terraform.io/hashicorp/aws","schema_version":1,"values":`, m, typ, name, typ, name)
			w.values(m, i, exists(i))
			w.text(`,"sensitive_values":{"environment":[{"variables":{}}],"tags":{},"tags_all":{}}}`)
		}
		fmt.Fprintf(w, `],"address":"module.team%d"}`, m)
	}
}

func (w *planWriter) change(m, i int) {
	typ, name := planType(i)
	fmt.Fprintf(w, `{"address":"module.team%d.%s.%s","module_address":"module.team%d","mode":"managed","type":%q,"name":%q,"provider_name":"registry.terraform.io/hashicorp/aws","change":{`, m, typ, name, m, typ, name)
	if exists(i) {
		w.text(`"actions":["no-op"],"before":`)
		w.values(m, i, true)
	} else {
		w.text(`"actions":["create"],"before":null`)
	}
	w.text(`,"after":`)
	w.values(m, i, exists(i))
	if exists(i) {
		w.text(`,"after_unknown":{}`)
	} else {
		w.text(`,"after_unknown":{"arn":true,"id":true,"cluster":true,"task_definition":true,"role":true,"invoke_arn":true,"qualified_arn":true,"tags_all":true,"version":true,"last_modified":true,"architectures":true,"tracing_config":true,"environment":[{"variables":{}}],"network_configuration":[{"security_groups":[],"subnets":[false,false]}]}`)
	}
	w.text(`,"before_sensitive":false,"after_sensitive":{"environment":[{"variables":{}}],"tags":{},"tags_all":{}}}}`)
}

// values writes the attributes of a resource; those that are known only after apply are left out unless it exists.
func (w *planWriter) values(m, i int, exists bool) {
	w.text("{")
	if exists {
		typ, name := planType(i)
		fmt.Fprintf(w, `"arn":"arn:aws:x:eu-west-1:123456789012:%s/team-%d-%s","id":"team-%d-%s",`, typ, m, name, m, name)
	}
	switch {
	case i == 0:
		fmt.Fprintf(w, `"name":"team-%d-cluster","setting":[{"name":"containerInsights","value":"enabled"}],"configuration":[],`, m)
	case i%4 == 1:
		fmt.Fprintf(w, `"name":"team-%d-%d","launch_type":"FARGATE","desired_count":2,"enable_execute_command":false,"health_check_grace_period_seconds":null,"iam_role":null,"platform_version":null,"propagate_tags":null,"scheduling_strategy":"REPLICA","capacity_provider_strategy":[],"deployment_circuit_breaker":[{"enable":true,"rollback":true}],"load_balancer":[{"container_name":"app","container_port":8080,"elb_name":"","target_group_arn":"arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/t%d/0123456789abcdef"}],"network_configuration":[{"assign_public_ip":false,"security_groups":["sg-%d"],"subnets":["subnet-a","subnet-b"]}],"service_registries":[],"timeouts":null,"wait_for_steady_state":false,`, m, i, i, i)
	case i%4 == 2:
		fmt.Fprintf(w, `"family":"team-%d-%d","requires_compatibilities":["FARGATE"],"network_mode":"awsvpc","cpu":"256","memory":"512","container_definitions":"[{\"name\":\"app\",\"image\":\"example/app:%d\",\"essential\":true,\"environment\":[%s],\"portMappings\":[{\"containerPort\":8080,\"protocol\":\"tcp\"}],\"logConfiguration\":{\"logDriver\":\"awslogs\",\"options\":{\"awslogs-group\":\"team-%d\",\"awslogs-region\":\"eu-west-1\"}}}]","execution_role_arn":"arn:aws:iam::123456789012:role/exec","task_role_arn":"arn:aws:iam::123456789012:role/task","ephemeral_storage":[],"inference_accelerator":[],"ipc_mode":null,"pid_mode":null,"placement_constraints":[],"proxy_configuration":[],"runtime_platform":[],"skip_destroy":false,"volume":[],`, m, i, i, escapedVariables, m)
	default:
		fmt.Fprintf(w, `"function_name":"team-%d-%d","handler":"app.handler","runtime":"python3.13","memory_size":128,"timeout":30,"package_type":"Zip","filename":"app.zip","publish":false,"code_signing_config_arn":null,"dead_letter_config":[],"description":null,"environment":[{"variables":{%s}}],"file_system_config":[],"image_config":[],"image_uri":null,"kms_key_arn":null,"layers":null,"reserved_concurrent_executions":-1,"s3_bucket":null,"s3_key":null,"s3_object_version":null,"skip_destroy":false,"snap_start":[],"timeouts":null,"vpc_config":[],`, m, i, variables)
	}
	fmt.Fprintf(w, `"tags":{"team":"team-%d","stage":"test","cost-center":"4711","owner":"platform","repository":"example/infrastructure"}}`, m)
}

const (
	variables        = `"STAGE":"test","LOG_LEVEL":"info","TABLE":"orders","QUEUE_URL":"https://sqs.eu-west-1.amazonaws.com/123456789012/orders","REGION":"eu-west-1","FEATURES":"a,b,c,d,e,f,g"`
	escapedVariables = `{\"name\":\"STAGE\",\"value\":\"test\"},{\"name\":\"LOG_LEVEL\",\"value\":\"info\"},{\"name\":\"TABLE\",\"value\":\"orders\"},{\"name\":\"QUEUE_URL\",\"value\":\"https://sqs.eu-west-1.amazonaws.com/123456789012/orders\"}`
)

func (w *planWriter) configuration(m int) {
	fmt.Fprintf(w, `"team%d":{"source":"./team","expressions":{"name":{"constant_value":"team-%d"},"stage":{"references":["var.stage"]}},"module":{"outputs":{"cluster":{"expression":{"references":["aws_ecs_cluster.main.arn","aws_ecs_cluster.main"]}}},"resources":[`, m, m)
	for i := range 100 {
		w.separate(i)
		typ, name := planType(i)
		fmt.Fprintf(w, `{"address":"%s.%s","mode":"managed","type":%q,"name":%q,"provider_config_key":"aws","expressions":{`, typ, name, typ, name)
		switch {
		case i == 0:
			w.text(`"name":{"references":["var.name"]},"setting":[{"name":{"constant_value":"containerInsights"},"value":{"constant_value":"enabled"}}]`)
		case i%4 == 1:
			fmt.Fprintf(w, `"name":{"references":["var.name"]},"launch_type":{"constant_value":"FARGATE"},"desired_count":{"constant_value":2},"cluster":{"references":["aws_ecs_cluster.main.id","aws_ecs_cluster.main"]},"task_definition":{"references":["aws_ecs_task_definition.t%d.arn","aws_ecs_task_definition.t%d"]},"network_configuration":[{"subnets":{"constant_value":["subnet-a","subnet-b"]},"security_groups":{"constant_value":["sg"]}}]`, i+1, i+1)
		case i%4 == 2:
			w.text(`"family":{"references":["var.name"]},"cpu":{"constant_value":256},"memory":{"constant_value":512},"container_definitions":{"references":["var.stage"]}`)
		default:
			w.text(`"function_name":{"references":["var.name"]},"handler":{"constant_value":"app.handler"},"runtime":{"constant_value":"python3.13"},"filename":{"constant_value":"app.zip"},"environment":[{"variables":{"references":["var.stage"]}}]`)
		}
		w.text(`,"tags":{"references":["var.name","var.stage"]}},"schema_version":1}`)
	}
	w.text(`],"variables":{"name":{},"stage":{}}}}`)
}
