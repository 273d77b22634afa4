-- The language server of netc in Neovim's built-in client, from Neovim 0.7 on:
--
--   require('netc').setup()
--
-- See :help netc-lsp.
local M = {}

local defaults = {
  -- The program and its arguments.
  cmd = { 'netc', 'lsp' },
  -- What else the client should know: on_attach, capabilities, settings (see :help vim.lsp.start_client()).
  client = {},
}

local options = vim.deepcopy(defaults)
local ids = {} -- Neovim 0.7: the client of each root

-- The folder of the repository or, without one, of the file.
local function root(path)
  local folder = vim.fn.fnamemodify(path, ':p:h')
  local git = vim.fn.finddir('.git', vim.fn.escape(folder, ' ;,') .. ';')
  return git ~= '' and vim.fn.fnamemodify(git, ':p:h:h') or folder
end

-- Shows what a command of netc prints in a terminal window. The lenses of the server call it with the program's path and
-- further arguments.
local function terminal(verb)
  return function(command)
    local args = vim.deepcopy(command.arguments or {})
    local argv = { options.cmd[1], verb }
    vim.list_extend(argv, args)
    vim.cmd('silent! wall')
    vim.cmd('botright 15new')
    vim.fn.termopen(argv, { cwd = args[1] and vim.fn.fnamemodify(args[1], ':p:h') or nil })
    vim.cmd('normal! G')
  end
end

--- Starts the server for a buffer; setup() calls it for every .net file.
--- @return number|nil the client's id
function M.start(bufnr)
  bufnr = bufnr or vim.api.nvim_get_current_buf()
  local name = vim.api.nvim_buf_get_name(bufnr)
  if vim.fn.executable(options.cmd[1]) == 0 then
    vim.notify_once(
      ('netc: there is no program %s; install netc, or name its path: require("netc").setup({ cmd = { "/path/to/netc", "lsp" } })')
        :format(options.cmd[1]),
      vim.log.levels.WARN
    )
    return nil
  end
  local config = vim.tbl_extend('keep', { name = 'netc', cmd = options.cmd, root_dir = root(name) }, options.client)
  if vim.lsp.start then
    return vim.lsp.start(config, { bufnr = bufnr })
  end
  local id = ids[config.root_dir]
  if not id or not vim.lsp.get_client_by_id(id) then
    id = vim.lsp.start_client(config)
    ids[config.root_dir] = id
  end
  if id then
    vim.lsp.buf_attach_client(bufnr, id)
    if vim.bo[bufnr].omnifunc == '' then -- later versions do this themselves
      vim.bo[bufnr].omnifunc = 'v:lua.vim.lsp.omnifunc'
    end
  end
  return id
end

--- Starts the language server for .net files from now on, and for those that are open.
function M.setup(opts)
  options = vim.tbl_deep_extend('force', vim.deepcopy(defaults), opts or {})
  for _, verb in ipairs({ 'run', 'ablate', 'study', 'check' }) do
    vim.lsp.commands['netc.' .. verb] = terminal(verb)
  end
  local group = vim.api.nvim_create_augroup('netc', { clear = true })
  vim.api.nvim_create_autocmd('FileType', {
    group = group,
    pattern = 'net',
    callback = function(event)
      M.start(event.buf)
    end,
  })
  for _, bufnr in ipairs(vim.api.nvim_list_bufs()) do
    if vim.api.nvim_buf_is_loaded(bufnr) and vim.bo[bufnr].filetype == 'net' then
      M.start(bufnr)
    end
  end
end

return M
