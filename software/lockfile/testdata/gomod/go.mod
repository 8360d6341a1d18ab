module example.com/app // the project

go 1.21

toolchain go1.22.1

require (
	github.com/gin-gonic/gin v1.7.0
	"golang.org/x/net" v0.0.1 // indirect
	example.com/forked v1.0.0
	example.com/local v1.0.0
)

require example.com/one v1.2.3

replace (
	example.com/forked v1.0.0 => example.com/fork v1.0.1
	example.com/local => ../local
)

exclude example.com/one v1.2.2
