const CAR = "a red car on a road under a blue sky";

/** Examples that the help ends with. */
export const EXAMPLES = `
Examples:
  Make the red car blue:
    fatezero edit examples/car.mp4 -s "${CAR}" -t "a blue car on a road under a blue sky" -o blue.mp4
  Paint the whole picture anew:
    fatezero edit examples/car.mp4 -s "${CAR}" -t "watercolor painting of ${CAR}" -o watercolor.mp4
  Invert once, then edit as often as you like:
    fatezero invert examples/car.mp4 -s "${CAR}" -o car.safetensors
    fatezero edit car.safetensors -t "a green car on a road under a blue sky" -o green.mp4

"fatezero edit --help" tells every option.`;

export const EDIT_EXAMPLES = `
Examples:
  Make the red car blue:
    fatezero edit examples/car.mp4 -s "${CAR}" -t "a blue car on a road under a blue sky" -o blue.mp4
  A quick look at the first 4 frames in 10 steps, as lossless images:
    fatezero edit examples/car.mp4 -s "${CAR}" -t "a blue car on a road under a blue sky" -o look/ --frames 4 --steps 10
  Half as many frames; the result lasts as long:
    fatezero edit examples/car.mp4 -s "${CAR}" -t "${CAR.replace("under a blue sky", "at sunset")}" -o sunset.mp4 --stride 2
  A quick look before the work, at a tenth of the time: blue.preview.png shows source, result and mask:
    fatezero edit examples/car.mp4 -s "${CAR}" -t "a blue car on a road under a blue sky" -o blue.mp4 --preview
  Two targets from one inversion, beside each other in out-contact-sheet.png:
    fatezero edit examples/car.mp4 -s "${CAR}" -t "a blue car on a road under a blue sky" -t "watercolor painting of ${CAR}" -o out.mp4
  Which value is best? An edit for each, and a contact sheet of all:
    fatezero edit examples/car.mp4 -s "${CAR}" -t "a blue car on a road under a blue sky" -o tried/ --sweep self-steps=0.2,0.5,0.8
  Source and result side by side, and what the program saw:
    fatezero edit examples/car.mp4 -s "${CAR}" -t "a blue car on a road under a blue sky" -o blue.mp4 --compare both.gif --save-maps seen
  The edit inside the frames of a large video, of which two seconds are edited and the rest is copied:
    fatezero edit film.mp4 -s "${CAR}" -t "a blue car on a road under a blue sky" -o blue.mp4 --full-size --from 0:12 --to 0:14 --keep-rest
  A saved inversion, with more of the new colour:
    fatezero edit car.safetensors -t "a blue car on a road under a blue sky" -o blue.mp4 --amplify blue=2
  A real checkpoint from the Hugging Face hub, with a LoRA at 0.8 of its strength:
    fatezero edit jeep.mp4 --model CompVis/stable-diffusion-v1-4 --lora ink.safetensors:0.8 -s "a silver jeep driving down a road" -t "ink painting of a silver jeep driving down a road" -o ink.mp4
  Change less, or more: raise or lower --self-steps (layout) and --cross-steps (what words draw).`;

export const PLAN_EXAMPLES = `
Examples:
  fatezero plan -s "${CAR}" -t "a blue car on a road under a blue sky"
  With the words and presets of another model:
    fatezero plan -s "${CAR}" -t "a blue car on a road under a blue sky" --model tinytown
  Many pairs, for programs: one JSON object a line, in their order:
    fatezero plan --pairs pairs.json --json`;

export const MAPS_EXAMPLES = `
Examples:
  fatezero maps examples/car.mp4 -s "${CAR}" -o car-words --stride 2
  fatezero maps car.safetensors -o car-words`;

export const RUN_EXAMPLES = `
Examples:
  A config of the paper's code, from the folder that holds its ckpt/ and data/:
    fatezero run config/style/jeep_watercolor.yaml -o jeep
  The same prompts on another model and other frames:
    fatezero run config/style/jeep_watercolor.yaml -o jeep --model tinytown --input examples/car.mp4
  A command line kept as a file:
    fatezero edit examples/car.mp4 -s "${CAR}" -t "a blue car on a road under a blue sky" -o blue.mp4 --print-config > blue.yaml
    fatezero run blue.yaml -o blue`;

export const INVERT_EXAMPLES = `
Examples:
  fatezero invert examples/car.mp4 -s "${CAR}" -o car.safetensors
  fatezero edit car.safetensors -t "a green car on a road under a blue sky" -o green.mp4
  fatezero edit car.safetensors -t "watercolor painting of ${CAR}" -o watercolor.mp4`;

export const TUNE_EXAMPLES = `
Examples:
  Tune on a clip, then turn the car into a bus:
    fatezero tune examples/car.mp4 -p "${CAR}" -o tuned/
    fatezero edit examples/car.mp4 --model tuned/ -s "${CAR}" -t "${CAR.replace("car", "bus")}" -o bus.mp4
  The same at once; the model is kept in bus.tuned/:
    fatezero tune examples/car.mp4 -p "${CAR}" --then-edit "${CAR.replace("car", "bus")}" -o bus.mp4
  Only the weights that changed, in one file that loads over the model:
    fatezero tune examples/car.mp4 -p "${CAR}" --delta -o car.safetensors
  Stop when the loss on noise levels held out gets no better, and watch samples on the way:
    fatezero tune examples/car.mp4 -p "${CAR}" -o tuned/ --stop-early 3 --samples samples/`;

export const DESCRIBE_EXAMPLES = `
Examples:
  fatezero describe examples/car.mp4
  By a model that describes photographs, which is downloaded (about 1 GB):
    fatezero describe jeep.mp4 --model Salesforce/blip-image-captioning-base
  As the source of an edit, which finds it by itself:
    fatezero edit examples/car.mp4 -t "a blue car on a road under a blue sky" -o blue.mp4`;

export const EVAL_EXAMPLES = `
Examples:
  How much of a blue car's picture stayed as it was, and how steady it is:
    fatezero eval examples/car.mp4 blue.mp4 --mask mask.png --model tinytown
  With CLIP's scores, against the perfect edit, as a page:
    fatezero eval examples/car.mp4 blue.mp4 -s "${CAR}" -t "a blue car on a road under a blue sky" --model tinytown --truth perfect/ --report blue.html
  With the paper's CLIP:
    fatezero eval jeep.mp4 porsche.mp4 -s "a jeep on a road" -t "a Porsche on a road" --clip openai/clip-vit-base-patch32`;

export const RANK_EXAMPLES = `
Examples:
  Make the page, and have it answered:
    fatezero bench rank results/
  Print the table of three people's answers, for a document:
    fatezero bench rank results/ --answers anna.json ben.json carla.json --markdown`;

export const TABLE1_EXAMPLES = `
Examples:
  The paper's table on a folder of clips, with the embedded model:
    fatezero bench table1 clips/ -o results/
  By the authors' file of sentences, with their model and CLIP:
    fatezero bench table1 data/ --prompts bench_clean_prompt.yaml --model CompVis/stable-diffusion-v1-4 --clip openai/clip-vit-base-patch32 -o results/
  The ablations of Fig. 8 and 9 on one clip:
    fatezero bench table1 clips/car-road --methods fatezero,fuse-reconstruction,no-self-fusion,no-mask -o ablations/`;
