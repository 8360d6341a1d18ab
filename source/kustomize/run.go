package kustomize

import (
	"fmt"
	"sync"

	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/api/types"
	"sigs.k8s.io/kustomize/kyaml/filesys"
	"sigs.k8s.io/kustomize/kyaml/openapi"
)

// oneAtATime serialises kustomize: its library keeps the OpenAPI schema in globals, which every run may set. It is the
// only state of this package, and holds no data.
var oneAtATime sync.Mutex

// run renders a staged kustomization and returns its objects as JSON. Plugins, functions, charts and the network are
// off; what is staged gives them nothing to start from either. A panic of the library is returned as an error.
func run(memory filesys.FileSystem, dir string, customSchema bool) (objects [][]byte, err error) {
	oneAtATime.Lock()
	defer oneAtATime.Unlock()
	defer func() {
		if fault := recover(); fault != nil {
			err = fmt.Errorf("kustomize's library failed: %v", fault)
			openapi.ResetOpenAPI()
		} else if customSchema {
			// The schema would stay for every later kustomization.
			openapi.ResetOpenAPI()
		}
	}()
	options := krusty.MakeDefaultOptions()
	options.LoadRestrictions = types.LoadRestrictionsNone // everything in memory was read within the boundary
	options.PluginConfig = types.DisabledPluginConfig()
	result, err := krusty.MakeKustomizer(options).Run(memory, dir)
	if err != nil {
		return nil, err
	}
	size := 0
	for _, r := range result.Resources() {
		data, err := r.MarshalJSON()
		if err != nil {
			return nil, err
		}
		if size += len(data); size > maxOutput {
			return nil, fmt.Errorf("it renders to more than %d MB", maxOutput>>20)
		}
		objects = append(objects, data)
	}
	return objects, nil
}
