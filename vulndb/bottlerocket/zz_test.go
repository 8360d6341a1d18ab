package bottlerocket_test
import ("testing";"strings";"time"; "github.com/onus-dev/onus/vulndb/bottlerocket")
func TestDeep(t *testing.T){ for _,s:=range []string{"a = "+strings.Repeat("[",60000), "a = "+strings.Repeat("{a=",(60000)/3), strings.Repeat("a.",30000)+"a=1", strings.Repeat("[[a]]\n",8000), strings.Repeat("[a.a.a]\n",7000)}{ s0:=time.Now(); _,err:=bottlerocket.Read(strings.NewReader(s)); e:="nil"; if err!=nil {e=err.Error()}; t.Log(time.Since(s0), e[:min(len(e),80)])}}
