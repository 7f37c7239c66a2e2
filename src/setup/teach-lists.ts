// Adds two cases to the source of tfjs-node's binding before it is compiled: attributes that are lists of texts, and
// lists of types. The original binding supports only lists of numbers, but TensorFlow's fused operations (convolution,
// bias, addition and ReLU in one) need the other two.
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { fail, failure } from '../runtime/contracts/failure.ts';

interface ListCase {
  /** Line of the source at which the attributes of one kind begin. */
  readonly line: string;
  /** C++ code: the vectors for the list, reading its element `i`, and the call that passes the list to TensorFlow. */
  readonly vectors: string;
  readonly take: string;
  readonly set: string;
}

const CASES: readonly ListCase[] = [
  {
    line: 'case TF_ATTR_STRING: {',
    vectors:
      'std::vector<std::string> texts(length); std::vector<const void *> values(length); std::vector<size_t> sizes(length);',
    take: 'nstatus = GetStringParam(env, element, texts[i]); values[i] = texts[i].data(); sizes[i] = texts[i].size();',
    set: 'TFE_OpSetAttrStringList(tfe_op, attr_name, values.data(), sizes.data(), static_cast<int>(length));',
  },
  {
    line: 'case TF_ATTR_TYPE: {',
    vectors: 'std::vector<TF_DataType> types(length);',
    take: 'int32_t type; nstatus = napi_get_value_int32(env, element, &type); types[i] = static_cast<TF_DataType>(type);',
    set: 'TFE_OpSetAttrTypeList(tfe_op, attr_name, types.data(), static_cast<int>(length));',
  },
];

/**
 * Rewrites a source file of the binding.
 * @throws FailureError `unexpected-source` if it differs from the expected version
 */
export async function teachLists(source: string): Promise<void> {
  let text = existsSync(source) ? await readFile(source, 'utf8') : '';
  for (const each of CASES) {
    if (text.split(each.line).length !== 2) fail(failure('unexpected-source', { file: source, line: each.line }));
    text = text.replace(each.line, each.line + listCode(each));
  }
  await writeFile(source, text);
}

const listCode = ({ vectors, take, set }: ListCase): string => `
      if (IsArray(env, nstatus, &js_value)) {
        uint32_t length;
        nstatus = napi_get_array_length(env, js_value, &length);
        ENSURE_NAPI_OK(env, nstatus);
        ${vectors}
        for (uint32_t i = 0; i < length; ++i) {
          napi_value element;
          nstatus = napi_get_element(env, js_value, i, &element);
          ENSURE_NAPI_OK(env, nstatus);
          ${take}
          ENSURE_NAPI_OK(env, nstatus);
        }
        ${set}
        break;
      }
`;
