(** * HornerTicket (S3): good signs contain an exact ticket for every quantized target.

    [S3_exact]: if no layer's matching failed and every digit has its +, then for every choice of
    integer matrices V_i with |V_i| <= 2^p the pruned network under [Mask] is the network with the
    matrices V_i, at every x.
    [good_contains]: with Q1 and H1, the good event implies the property [contains] of Network.v,
    for eps >= (1 + D 2^(-p-1))^l - 1. *)
Require Import ZArith Reals List Lra Lia Bool.
From Pmone Require Import Sums Expansion Probability Pool Network Quantize Layers.
From Pmone Require Import HornerPlan HornerSection.
Import ListNotations.
Open Scope nat_scope.

Section Exact.
Variable T : plan.
Local Notation dims := (p_dims T).
Local Notation l := (p_l T).
Local Notation p := (p_p T).
Local Notation K := (stages T).
Local Notation N := (width T).
Local Notation L := (depth T).
Hypothesis l_pos : 1 <= l.
Variable w : signs.
Hypothesis Hok : forall t, S t < L -> badlayer T t w = false.
Hypothesis Hdig : forall ioj, In ioj (triples T) -> baddigit T w ioj = false.
Variable V : nat -> nat -> nat -> Z.
Hypothesis HV : forall i r c, (i < l) -> (r < dims (S i)) -> (c < dims i) ->
  (- pow2 p <= V i r c <= pow2 p)%Z.
Variable x : vec.
Local Notation value := (value T w V x).
Local Notation input := (input T w V x).
Local Notation pre := (pre T w V x).
Open Scope R_scope.
Definition VR : nat -> mat := fun i r c => IZR (V i r c).

(** H2: the first layer splits every input into its positive and negative part *)
Lemma H2_split j : (j < 2 * dims 0)%nat ->
  input 0 j = if (j <? dims 0)%nat then relu (x j) else relu (- x (j - dims 0)%nat).
Proof.
  intros Hj. unfold HornerSection.input.
  assert (S0 : In (U j) (slots T 1)) by (cbn [slots]; unfold tslots; cbn [kind_of]; apply in_split;
    eauto).
  change (time T 0 0) with 1%nat. rewrite (HornerSection.val_step T l_pos w V Hok) by (auto;
    unfold depth; lia).
  unfold req, digits. cbn [kind_of rsum]. unfold HornerSection.value, Layers.value, act.
  destruct (Nat.ltb_spec j (dims 0)); cbn [fst snd sgR place hid layout_of lay_start start];
    f_equal; lra.
Qed.

Lemma pre_first o : pre 0 o = mv (dims 0) (VR 0) x o.
Proof.
  unfold HornerSection.pre, ins. cbn [Nat.eqb].
  rewrite (rsum_ext _ (fun j =>
    IZR (veff T V 0 o j) * (if (j <? dims 0)%nat then relu (x j) else relu
    (- x (j - dims 0)%nat)))).
  2:{ intros j Hj. apply in_seq in Hj. rewrite H2_split by lia. auto. }
  replace (2 * dims 0)%nat with (dims 0 + dims 0)%nat by lia.
  rewrite seq_app, rsum_app, Nat.add_0_l, (seq_off (dims 0)), rsum_map, <- rsum_plus.
  unfold mv. apply rsum_ext. intros j Hj. apply in_seq in Hj. unfold veff, VR. cbn [Nat.eqb].
  destruct (Nat.ltb_spec j (dims 0)); [|lia]. destruct (Nat.ltb_spec (dims 0 + j) (dims 0)); [lia|].
  replace (dims 0 + j - dims 0)%nat with j by lia. rewrite opp_IZR.
  rewrite <- (relu_split (x j)) at 3. ring.
Qed.

Lemma pre_mv i : (i < l)%nat -> forall o, (o < outs T i)%nat ->
  pre i o = mv (dims i) (VR i) (hid dims VR x i) o.
Proof.
  induction i as [|i IH]; intros Hi o Ho.
  - apply pre_first.
  - unfold HornerSection.pre, ins. cbn [Nat.eqb]. unfold mv. apply rsum_ext. intros j Hj.
    apply in_seq in Hj.
    unfold veff. cbn [Nat.eqb]. unfold VR at 1. f_equal. unfold HornerSection.input.
    rewrite (S2_section T l_pos w V Hok x Hdig HV) by (unfold outs; lia).
    cbn [hid]. unfold vrelu. rewrite IH by (unfold outs; lia). auto.
Qed.

(** S3: the pruned network is the network of the integer matrices *)
Theorem S3_exact o : (o < dims l)%nat ->
  net (shape (dims 0%nat) N L (dims l)) (pruned w (Mask T w V)) L x o = net dims VR l x o.
Proof.
  intros Ho. set (i := (l - 1)%nat). assert (Ei : S i = l) by (unfold i; lia).
  assert (Eo : outs T i = dims l) by (unfold outs; rewrite Ei; auto).
  set (t := time T i (S K)).
  assert (Et : S t = (L - 1)%nat) by (unfold t; rewrite time_S, time_next, Ei;
    pose proof (time_last T); lia).
  assert (Ht : (S t < L)%nat) by (unfold t; apply time_lt; lia).
  assert (Kt : kind_of T t = Read i) by (unfold t; apply kind_read).
  assert (Ets : S t = time T (S i) 0) by (unfold t; rewrite time_S, time_next; auto).
  pose proof (slots_R T i o ltac:(lia) ltac:(lia)) as S1.
  pose proof (slots_Rlast T l_pos i o Ei ltac:(lia)) as S2. rewrite <- Ets in S1, S2.
  assert (Ltt : S (S t) = L) by lia.
  assert (El : lasts T o = [U o; U (outs T i + o)]) by (unfold lasts; rewrite Eo; auto).
  change (net (shape (dims 0%nat) N L (dims l)) (pruned w (Mask T w V)) L x o)
    with (net (lay_wd T) (pruned w (Layers.Mask T w (added T w V) (lasts T))) (lay_L T) x o).
  rewrite (out_value T (plan_valid T) w (added T w V) (lasts T) x Hok (S t) o Ltt); rewrite El.
  - cbn [rsum].
    change (Layers.value T w (added T w V) (lasts T) x) with (HornerSection.value T w V x).
    assert (F1 : w (S t, o, place T (S t) w (U o)) = true).
    { pose proof (place_fit T (plan_valid T) t w _ (Hok t Ht) S1) as F. apply (fits_In _ _ _ _ F).
      unfold rq. cbn [layout_of lay_req lay_out]. unfold out. rewrite Kt, Ei, Nat.eqb_refl.
      destruct (Nat.ltb_spec o (outs T i)); [|lia]. apply in_or_app. right. left. auto. }
    assert (F2 : w (S t, o, place T (S t) w (U (outs T i + o))) = false).
    { pose proof (place_fit T (plan_valid T) t w _ (Hok t Ht) S2) as F. apply (fits_In _ _ _ _ F).
      unfold rq. cbn [layout_of lay_req lay_out]. unfold out. rewrite Kt, Ei, Nat.eqb_refl.
      destruct (Nat.ltb_spec (outs T i + o) (outs T i)); [lia|]. apply in_or_app. right. left.
      replace (outs T i + o - outs T i)%nat with o by lia. auto. }
    rewrite F1, F2. rewrite Ets.
    rewrite (S2_section T l_pos w V Hok x Hdig HV) by lia.
    rewrite (S2_section_minus T l_pos w V Hok x Hdig HV) by lia.
    unfold net. fold i. rewrite <- pre_mv by lia. cbn [sgR]. rewrite <- (relu_split (pre i o)) at 3.
    ring.
  - constructor; [|repeat constructor; auto]. intros [X|[]]. injection X. lia.
  - intros c [<-|[<-|[]]]; auto.
Qed.
End Exact.

Lemma good_spec T w : good T w = true ->
  (forall t, (S t < depth T)%nat -> badlayer T t w = false) /\
  (forall ioj, In ioj (triples T) -> baddigit T w ioj = false).
Proof.
  unfold good, bad. intros H. apply negb_true_iff, orb_false_iff in H as [H1 H2].
  split.
  - intros t Ht. apply (proj1 (existsb_false _ _) H1 t). apply in_seq. lia.
  - apply (proj1 (existsb_false _ _) H2).
Qed.

(** good signs contain every target *)
Theorem good_contains (nm : Norm) T D eps w : (1 <= p_l T)%nat ->
  (forall i, (i <= p_l T)%nat -> (p_dims T i <= D)%nat) ->
  ((1 + eta_of D (p_p T)) ^ p_l T <= 1 + eps)%R ->
  good T w = true -> contains nm (p_dims T) (p_l T) (width T) (depth T) (shift T) eps w.
Proof.
  intros Hl HD He Hg W HW. destruct (good_spec T w Hg) as [G1 G2].
  set (V := fun i r c => round2 (p_p T) (W i r c)).
  exists (Mask T w V). intros x Hx.
  eapply Rle_trans with ((1 + eta_of D (p_p T)) ^ p_l T - 1)%R; [|lra].
  eapply Rle_trans; [|apply (Q1_error nm (p_dims T) D (p_l T) (p_p T) W V x); auto].
  - right. apply nrm_ext. intros o Ho. unfold vsub. f_equal.
    rewrite (S3_exact T Hl w G1 G2 V); auto.
    + rewrite H1_scaling; auto.
      * unfold shift. rewrite pow_mult, <- pow_inv. reflexivity.
      * left. apply Rinv_0_lt_compat, pow_lt. lra.
    + intros i r c Hi Hr Hc. apply (near_range _ (W i r c)); [apply round2_err|].
      eapply opnorm_entry; eauto.
  - intros i r c _ _ _. apply round2_err.
Qed.
