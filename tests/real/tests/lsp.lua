-- What Neovim's own client makes of `sdiff lsp`, as a line of JSON a fact.
local program, file, out = vim.env.SDIFF_LSP, vim.env.SDIFF_FILE, io.open(vim.env.SDIFF_OUT, "w")
local function tell(name, value) out:write(vim.json.encode({ name, value }) .. "\n") end

vim.cmd("edit " .. vim.fn.fnameescape(file))
local buffer = vim.api.nvim_get_current_buf()
local status
local client = vim.lsp.start_client({
  name = "sdiff",
  cmd = { program, "lsp" },
  root_dir = vim.fn.fnamemodify(file, ":h"),
  on_exit = function(code) status = code end,
})
vim.lsp.buf_attach_client(buffer, client)

-- Waits until a diagnostic of that code is there, or is there no more.
local function await(code, is_there)
  local found = vim.wait(60000, function()
    local has = false
    for _, told in ipairs(vim.diagnostic.get(buffer)) do has = has or told.code == code end
    return has == is_there
  end, 20)
  if not found then tell("missed", { code, is_there, vim.diagnostic.get(buffer) }) end
end

local function all()
  local list = {}
  for _, told in ipairs(vim.diagnostic.get(buffer)) do
    -- Columns of Neovim are bytes.
    local line = vim.api.nvim_buf_get_lines(buffer, told.lnum, told.lnum + 1, false)[1] or ""
    table.insert(list, {
      code = told.code, severity = told.severity, lnum = told.lnum,
      text = told.lnum == told.end_lnum and line:sub(told.col + 1, told.end_col) or "",
    })
  end
  return list
end

await("unknown-syscall", true)
tell("diagnostics", all())

-- The cursor on the name, whose column is one of bytes.
local at = vim.fn.searchpos("socket", "w")
tell("cursor", at)
local hovers = vim.lsp.buf_request_sync(buffer, "textDocument/hover", vim.lsp.util.make_position_params(), 60000)
tell("hover", hovers[client].result.contents.value)

vim.fn.cursor(1, 1)
vim.fn.searchpos("chwon", "w")
local params = vim.lsp.util.make_range_params()
params.context = { diagnostics = {} }
local actions = vim.lsp.buf_request_sync(buffer, "textDocument/codeAction", params, 60000)[client].result
for _, action in ipairs(actions) do
  if action.title == "Write `chown`" then vim.lsp.util.apply_workspace_edit(action.edit, "utf-16") end
end
tell("mended", vim.api.nvim_buf_get_lines(buffer, 0, -1, false))
await("unknown-syscall", false)
tell("after", all())

-- Typed over: no profile any more.
vim.api.nvim_buf_set_lines(buffer, 0, -1, false, { '{"name": "x"}' })
vim.wait(60000, function() return #vim.diagnostic.get(buffer) == 0 end, 20)
tell("other", all())

vim.lsp.get_client_by_id(client).stop()
vim.wait(60000, function() return status ~= nil end, 20)
tell("status", status)
out:close()
vim.cmd("qall!")
