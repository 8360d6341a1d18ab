resource "aws_lambda_function" "f" {
  function_name = join("-", ["a", upper("b"), replace("c.d", "/[.]/", "_")])
  description   = templatefile("${path.module}/note.tftpl", { names = ["x", "y"] })
  handler       = yamldecode("a: {b: handler}").a.b
  runtime       = lookup({ py = "python3.13" }, "py", "none")
  memory_size   = sum([64, 64])
  layers        = [cidrhost("10.1.0.0/16", 5), cidrnetmask("10.1.0.0/16"), base64decode(base64encode("z")), one(["single"])]
  timeout       = length(setproduct(["a", "b"], ["c"]))
  role          = coalesce("", null, md5("x"))
  environment {
    variables = { files = join(",", fileset(path.module, "*.tftpl")), there = tostring(fileexists("${path.module}/note.tftpl")), now = timestamp() }
  }
}
