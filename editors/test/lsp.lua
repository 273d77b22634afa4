-- Neovim's built-in client against `netc lsp`: diagnostics as the text changes, hover, completion, definition, formatting,
-- lenses and their commands, and a clean end.
--
--   NETC=/path/to/netc nvim --headless -u NONE -i NONE -n --cmd 'set rtp^=editors/vim' -S lsp.lua
local netc = assert(vim.env.NETC, 'NETC is not set')
local wait_ms = 20000
local step = 'start'

local function fail(message, ...)
  io.stderr:write(('lsp.lua: %s: %s\n'):format(step, message:format(...)))
  vim.cmd('cquit')
end

local function check(ok, message, ...)
  if not ok then
    fail(message, ...)
  end
end

-- Waits for something to become true.
local function eventually(what, condition)
  check(vim.wait(wait_ms, condition, 20), 'not within %d s: %s', wait_ms / 1000, what)
end

local program = [[
block unit(channels) {
  conv channels
  act relu
}

data d {
  from digits
  split train = 70%, valid = 15%, test = 15%, by = class, seed = 1
}

model m {
  input d
  unit 16
  flatten
  dropout 0.2
  dense classes
}

train {
  loss cross_entropy
  optimizer adam(lr = 1e-3)
  batch 32
  epochs 1
}
]]

local function lines()
  return vim.api.nvim_buf_get_lines(0, 0, -1, false)
end

-- Line and column, both from 0, of a text in the buffer.
local function place(text)
  for i, line in ipairs(lines()) do
    local at = line:find(text, 1, true)
    if at then
      return { line = i - 1, character = at - 1 }
    end
  end
  fail('the buffer has no %q', text)
end

-- Replaces a text that stands in one line of the buffer, as typing would.
local function replace(old, new)
  local at = place(old)
  vim.api.nvim_buf_set_text(0, at.line, at.character, at.line, at.character + #old, vim.split(new, '\n'))
end

local function request(method, params)
  local results, err = vim.lsp.buf_request_sync(0, method, params, wait_ms)
  check(results, '%s: %s', method, err)
  for _, r in pairs(results) do
    check(not r.error, '%s: %s', method, vim.inspect(r.error))
    return r.result
  end
  fail('%s: no client answered', method)
end

local function at(text, offset)
  local p = place(text)
  p.character = p.character + (offset or 0)
  return { textDocument = vim.lsp.util.make_text_document_params(), position = p }
end

local function errors()
  return vim.diagnostic.get(0, { severity = vim.diagnostic.severity.ERROR })
end

local function run()
  local folder = vim.fn.tempname()
  vim.fn.mkdir(folder, 'p')
  local path = folder .. '/program.net'
  vim.fn.writefile(vim.split(program, '\n'), path)

  step = 'attach'
  require('netc').setup({ cmd = { netc, 'lsp' } })
  vim.cmd('filetype plugin indent on')
  vim.cmd('edit ' .. vim.fn.fnameescape(path))
  check(vim.bo.filetype == 'net', 'the file type is %q', vim.bo.filetype)
  eventually('a client is attached', function()
    return #vim.lsp.get_active_clients({ bufnr = 0 }) > 0 and next(vim.lsp.buf_get_clients(0)) ~= nil
  end)
  local _, client = next(vim.lsp.buf_get_clients(0))
  eventually('the server is ready', function()
    return client.initialized
  end)

  step = 'diagnostics'
  local heard = 0
  local publish = vim.lsp.handlers['textDocument/publishDiagnostics']
  vim.lsp.handlers['textDocument/publishDiagnostics'] = function(...)
    heard = heard + 1
    return publish(...)
  end
  replace('dropout 0.2', 'dropuot 1.2')
  eventually('an error for dropuot', function()
    return #errors() == 1 and errors()[1].message:find('dropuot', 1, true)
  end)
  check(errors()[1].lnum == place('dropuot').line and errors()[1].col == 2, 'at the wrong place: %s', vim.inspect(errors()[1]))

  step = 'quick fix'
  local range = { start = place('dropuot'), ['end'] = place(' 1.2') }
  local actions = request('textDocument/codeAction', {
    textDocument = vim.lsp.util.make_text_document_params(),
    range = range,
    context = {
      diagnostics = vim.tbl_map(function(d)
        return d.user_data.lsp and vim.tbl_extend('keep', {
          range = { start = { line = d.lnum, character = d.col }, ['end'] = { line = d.end_lnum, character = d.end_col } },
          message = d.message, severity = d.severity, source = d.source,
        }, d.user_data.lsp)
      end, errors()),
    },
  })
  local fix
  for _, a in ipairs(actions or {}) do
    if a.edit and not fix then
      fix = a
    end
  end
  check(fix, 'no action with an edit: %s', vim.inspect(actions))
  vim.lsp.util.apply_workspace_edit(fix.edit, client.offset_encoding or 'utf-16')
  check(vim.tbl_contains(lines(), '  dropout 1.2'), 'the fix gives %s', vim.inspect(lines()))
  eventually('an error for a probability of 1.2', function()
    return #errors() == 1 and not errors()[1].message:find('dropuot', 1, true)
  end)
  replace('1.2', '0.2')
  eventually('no error', function()
    return #errors() == 0
  end)

  step = 'hover'
  local hover = request('textDocument/hover', at('dropout 0.2', 2))
  check(hover and hover.contents.value:lower():find('dropout', 1, true), 'dropout: %s', vim.inspect(hover))
  vim.api.nvim_win_set_cursor(0, { place('conv channels').line + 1, 3 })
  vim.lsp.buf.hover()
  local shown
  eventually('a window with the documentation of conv', function()
    for _, win in ipairs(vim.api.nvim_list_wins()) do
      if vim.api.nvim_win_get_config(win).relative ~= '' then
        shown = table.concat(vim.api.nvim_buf_get_lines(vim.api.nvim_win_get_buf(win), 0, -1, false), '\n')
      end
    end
    return shown ~= nil
  end)
  check(shown:find('conv', 1, true) and shown:find('channels', 1, true), 'the window says %q', shown)

  step = 'completion'
  check(vim.bo.omnifunc == 'v:lua.vim.lsp.omnifunc', 'omnifunc is %q', vim.bo.omnifunc)
  local function labels(params)
    local result = request('textDocument/completion', params)
    local set = {}
    for _, item in ipairs(result.items or result) do
      set[item.label] = true
    end
    return set
  end
  local known = labels(at('relu', 0))
  check(known.relu and known.gelu and not known.adam, 'behind act: %s', vim.inspect(vim.tbl_keys(known)))
  replace('flatten', 'flatten\n  ')
  local empty = place('flatten')
  known = labels({ textDocument = vim.lsp.util.make_text_document_params(), position = { line = empty.line + 1, character = 2 } })
  check(known.dense and known.unit and not known.optimizer, 'in a model: %s', vim.inspect(vim.tbl_keys(known)))
  -- as a user has it: CTRL-X CTRL-O in insert mode, which a timer ends
  local function keys(text)
    return vim.api.nvim_replace_termcodes(text, true, false, true)
  end
  local words = {}
  local left = wait_ms / 50
  local timer = vim.loop.new_timer()
  timer:start(50, 50, vim.schedule_wrap(function()
    left = left - 1
    words = vim.tbl_map(function(item) return item.word end, vim.fn.complete_info({ 'items' }).items)
    if #words > 0 or left < 0 then
      timer:stop()
      vim.api.nvim_feedkeys(keys('<C-e><Esc>'), 'n', false)
    end
  end))
  vim.api.nvim_win_set_cursor(0, { empty.line + 2, 1 })
  vim.api.nvim_feedkeys(keys('Aden<C-x><C-o>'), 'tx!', false)
  check(table.concat(words, ' '):find('dense', 1, true), 'CTRL-X CTRL-O offers %s', vim.inspect(words))
  vim.api.nvim_buf_set_lines(0, empty.line + 1, empty.line + 2, false, {})

  step = 'definition'
  local found = request('textDocument/definition', at('unit 16', 1))
  found = found and (found[1] or found)
  check(found and (found.range or found.targetSelectionRange).start.line == 0, 'unit: %s', vim.inspect(found))

  step = 'formatting'
  replace('  unit 16', '       unit    16')
  if vim.lsp.buf.format then
    vim.lsp.buf.format({ timeout_ms = wait_ms })
  else
    vim.lsp.buf.formatting_sync(nil, wait_ms)
  end
  check(table.concat(lines(), '\n') == vim.trim(program), 'the buffer is\n%s', table.concat(lines(), '\n'))
  vim.api.nvim_buf_set_lines(0, place('  unit 16').line, place('  unit 16').line + 1, false, { ' unit 16' })
  vim.cmd('let g:net_command = ' .. vim.fn.string(netc) .. ' | NetFmt')
  check(table.concat(lines(), '\n') == vim.trim(program), 'after :NetFmt the buffer is\n%s', table.concat(lines(), '\n'))

  step = 'lenses'
  vim.cmd('write')
  local lenses = {}
  eventually('lenses to run and to ablate', function()
    lenses = {}
    for _, lens in ipairs(request('textDocument/codeLens', { textDocument = vim.lsp.util.make_text_document_params() }) or {}) do
      lenses[lens.command.command] = lens.command
    end
    return lenses['netc.run'] and lenses['netc.ablate'] and lenses['netc.check']
  end)
  for name in pairs(lenses) do
    check(vim.lsp.commands[name], 'nobody carries out %s', name)
  end
  vim.lsp.commands['netc.check'](lenses['netc.check'], { bufnr = vim.api.nvim_get_current_buf() })
  local job = vim.b.terminal_job_id
  check(job, 'no terminal is open')
  local status = vim.fn.jobwait({ job }, wait_ms)[1]
  check(status == 0, '`netc check` in the terminal ended with %d:\n%s', status, table.concat(lines(), '\n'))
  vim.cmd('bwipeout!')

  step = 'the end'
  check(heard > 0, 'the server published nothing')
  vim.lsp.stop_client(client.id)
  eventually('the client has stopped', function()
    return vim.lsp.get_client_by_id(client.id) == nil or client.is_stopped()
  end)
  vim.fn.delete(folder, 'rf')
end

local ok, err = xpcall(run, debug.traceback)
if not ok then
  fail('%s', err)
end
vim.cmd('qall!')
