package stack

// layers is the whole vocabulary, bottom to top. It is constant data: nothing writes to it.
var layers = []LayerInfo{
	{Layer: "facilities", Title: "Facilities", About: "Buildings, power, cooling, physical access and the physical network.", Duties: []DutyInfo{
		{"facilities/operate", "Guard and run the data centres and destroy retired media."},
	}},
	{Layer: "hardware", Title: "Hardware", About: "Servers, disks and network gear with their firmware.", Duties: []DutyInfo{
		{"hardware/operate", "Replace faulty parts, update firmware and retire machines."},
	}},
	{Layer: "virtualization", Title: "Virtualization", About: "The boundary between different customers on one machine.", Duties: []DutyInfo{
		{"virtualization/isolate", "Keep tenants apart and patch the hypervisor."},
	}},
	{Layer: "control-plane", Title: "Control plane", About: "The management API and the orchestrator that creates, places and scales what runs.", Duties: []DutyInfo{
		{"control-plane/operate", "Run, secure and patch the orchestrator and keep it available."},
		{"control-plane/upgrade", "Choose the orchestrator's version and move to the next before support ends."},
		{"control-plane/expose", "Decide who can reach the orchestrator's endpoint and authenticate to it."},
	}},
	{Layer: "capacity", Title: "Capacity", About: "The machines or compute units and how many there are.", Duties: []DutyInfo{
		{"capacity/provide", "Bring the machines: choose their type, start them and replace sick ones."},
		{"capacity/scale", "Keep the right number of machines as load changes."},
	}},
	{Layer: "operating-system", Title: "Operating system", About: "The operating system of the machine that the workload runs on.", Duties: []DutyInfo{
		{"operating-system/publish", "Make a patched image or package set when a vulnerability is known."},
		{"operating-system/apply", "Get the patched operating system onto the machines that run."},
		{"operating-system/configure", "Harden it: accounts, remote access, host firewall, agents, instance metadata."},
	}},
	{Layer: "container-runtime", Title: "Container runtime", About: "Container engine and node agent: containerd, runc, kubelet, the ECS agent, the network plug-in.", Duties: []DutyInfo{
		{"container-runtime/publish", "Make a patched container engine and node agent."},
		{"container-runtime/apply", "Get the patched engine and agent onto the machines that run."},
	}},
	{Layer: "isolation", Title: "Isolation", About: "The boundary between two workloads of the same customer.", Duties: []DutyInfo{
		{"isolation/separate", "Keep one's own workloads apart from each other: microVM, node, or kernel namespaces."},
	}},
	{Layer: "image", Title: "Image", About: "The container image or package base that the workload ships.", Duties: []DutyInfo{
		{"image/build", "Build, scan, sign and rebuild the image from a patched base."},
	}},
	{Layer: "language-runtime", Title: "Language runtime", About: "The interpreter or virtual machine: Python, Node.js, the JVM.", Duties: []DutyInfo{
		{"language-runtime/publish", "Make patched versions of the language runtime."},
		{"language-runtime/apply", "Move the running workload onto the patched runtime."},
	}},
	{Layer: "engine", Title: "Engine", About: "The database, broker or managed application that the service operates.", Duties: []DutyInfo{
		{"engine/publish", "Make patched versions of the engine."},
		{"engine/apply", "Move the running engine onto the patched version."},
		{"engine/configure", "Choose parameters, major version and engine-level access."},
	}},
	{Layer: "application", Title: "Application", About: "What the customer wrote and the libraries it takes along.", Duties: []DutyInfo{
		{"application/code", "Write, review and fix the code."},
		{"application/dependencies", "Update libraries, layers, extensions and side-cars."},
	}},
	{Layer: "configuration", Title: "Configuration", Cross: true, About: "Settings of the AWS resource itself: subnets, file systems, triggers, exposure.", Duties: []DutyInfo{
		{"configuration/resource", "Choose safe settings for the resource and everything attached to it."},
	}},
	{Layer: "network", Title: "Network", Cross: true, About: "Subnets, security groups, endpoints, ingress and egress.", Duties: []DutyInfo{
		{"network/configure", "Decide what can reach the workload and what it can reach."},
	}},
	{Layer: "identity", Title: "Identity", Cross: true, About: "Roles, resource policies and in-cluster permissions.", Duties: []DutyInfo{
		{"identity/configure", "Give each principal the least it needs and rotate credentials."},
	}},
	{Layer: "data", Title: "Data", Cross: true, About: "The customer's data, its classification and encryption.", Duties: []DutyInfo{
		{"data/protect", "Classify data, choose keys, encrypt at rest and in transit."},
	}},
	{Layer: "backup", Title: "Backup", Cross: true, About: "Backups, restore and resilience.", Duties: []DutyInfo{
		{"backup/recover", "Back up, test the restore and spread over zones or Regions."},
	}},
	{Layer: "logging", Title: "Logging", Cross: true, About: "Logs, metrics, findings and the reaction to them.", Duties: []DutyInfo{
		{"logging/watch", "Turn logs on, keep them, look at them and respond."},
	}},
}
